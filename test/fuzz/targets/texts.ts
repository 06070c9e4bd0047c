import assert from 'node:assert/strict';
import { formatToken, matchesSelector, parseSelector, parseToken } from '@rollcall/api';
import { parseDuration, parseRate, parseShareOrCount, parseSize } from '@rollcall/api';
import { Problem } from '../../../packages/server/src/core/problem.ts';
import { parseRange } from '../../../packages/server/src/http/parse-range.ts';
import { sanitizeFileName } from '../../../packages/transport/src/cast/file-name.ts';
import { ACCEPTED, REFUSED } from '../fuzz-target.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { textTarget } from './text-target.ts';

/** Its own keys are the words below, and those that every object has. */
const DEVICE = {
  id: 'id-1',
  name: 'till-1',
  labels: { site: 'north', role: 'kiosk' },
  facts: { os: 'linux', freeBytes: 5, macs: ['a'] },
};

export const openSelector = (): FuzzTarget =>
  textTarget({
    name: 'selector',
    examples: ['all', 'till-1,till-2', 'site=north,role!=kiosk', 'site=north|south', 'freeBytes=5', ' a = b , c '],
    words: ['=', '!=', '|', ',', 'all', 'site', '__proto__', 'constructor', 'macs', '\0', '='.repeat(300)],
    sizeMax: 6000,
    check: (text) => {
      const parsed = parseSelector(text);
      if (!parsed.ok) return REFUSED;
      const { names, conditions } = parsed.value;
      const matches = matchesSelector(parsed.value, DEVICE);
      // A selector that names something never means everybody, and what an object has by itself is no label.
      if (names !== undefined) assert.ok(names.length > 0 && names.every((name) => name !== '' && name !== 'all'));
      if (names !== undefined && !names.includes('till-1') && !names.includes('id-1')) assert.equal(matches, false);
      for (const { key, isEqual } of conditions) {
        assert.notEqual(key, '');
        if (isEqual && !['site', 'role', 'os', 'freeBytes'].includes(key)) assert.equal(matches, false, key);
      }
      return { isAccepted: true, what: `${names?.length ?? 'all'} ${conditions.length}` };
    },
  });

export const openToken = (): FuzzTarget => {
  const pin = 'p'.repeat(43);
  return textTarget({
    name: 'token',
    examples: [`rcj.abcDEF_1.${'s'.repeat(43)}.${pin}`, `rco.id.${'-'.repeat(16)}.${pin}`, `  rcj.a.${pin}.${pin}\n`],
    words: ['rcj.', 'rco.', '.', pin, ' ', '\0', '\n'],
    check: (text) => {
      const [join, operator] = [parseToken(text, 'join'), parseToken(text, 'operator')];
      assert.ok(!(join.ok && operator.ok), 'a token is of one kind');
      const parsed = join.ok ? join : operator;
      if (!parsed.ok) return REFUSED;
      assert.equal(formatToken(parsed.value), text.trim());
      return { isAccepted: true, what: parsed.value.kind };
    },
  });
};

export const openQuantity = (): FuzzTarget =>
  textTarget({
    name: 'quantity',
    examples: ['100mbit', '1.5gbit', '30s', '2w', '500ms', '64k', '8MiB', '90%', '12', '0.5 h'],
    words: ['mbit', 'ms', '%', '.', 'e9', '9'.repeat(400), '-', ' ', 'constructor', 'Infinity'],
    check: (text) => {
      let accepted = 0;
      for (const parse of [parseRate, parseDuration, parseSize]) {
        const parsed = parse(text);
        if (!parsed.ok) continue;
        accepted += 1;
        assert.ok(Number.isSafeInteger(parsed.value) && parsed.value > 0, String(parsed.value));
      }
      const share = parseShareOrCount(text);
      if (share.ok) {
        const { value } = share;
        assert.ok('share' in value ? value.share >= 0 && value.share <= 1 : Number.isSafeInteger(value.count));
      }
      return accepted > 0 || share.ok ? { isAccepted: true, what: `${accepted} ${share.ok}` } : REFUSED;
    },
  });

export const openRange = (): FuzzTarget =>
  textTarget({
    name: 'http-range',
    examples: ['bytes=0-99', 'bytes=5-', 'bytes=-7', 'bytes=0-0', 'bytes=0-5,7-9'],
    words: ['bytes=', '-', ',', '999999999999999', '0'],
    check: (text) => {
      let isAny = false;
      for (const size of [0, 1, 100, 2 ** 44]) {
        try {
          const range = parseRange(text, size);
          if (range === undefined) continue;
          isAny = true;
          const { offset, length } = range;
          assert.ok(Number.isSafeInteger(offset) && offset >= 0 && length > 0 && offset + length <= size);
        } catch (error) {
          assert.ok(error instanceof Problem, String(error));
        }
      }
      return isAny ? ACCEPTED : REFUSED;
    },
  });

/** The name that a sender gives to a file: what is left of it is one level of a path and not hidden. */
export const openFileName = (): FuzzTarget =>
  textTarget({
    name: 'cast-file-name',
    examples: ['report.pdf', '../../etc/passwd', 'a\\b', '.bashrc', 'ünï ✓', 'x'.repeat(300)],
    words: ['..', '/', '\\', '\0', '.', '\u202e', ' ', '\ufffd', '\n', 'ü'.repeat(500)],
    sizeMax: 4000,
    check: (text) => {
      const name = sanitizeFileName(Buffer.from(text));
      if (name === undefined) return REFUSED;
      assert.ok(!/[/\\\0]/.test(name) && !name.startsWith('.') && name !== '' && name.trim() === name, name);
      assert.ok(Buffer.byteLength(name) <= 255);
      return ACCEPTED;
    },
  });
