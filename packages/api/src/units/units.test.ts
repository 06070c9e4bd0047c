import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDuration, parseRate, parseShareOrCount, parseSize } from './quantities.ts';
import { matchesSelector, parseSelector, type Selectable } from './selector.ts';

test('rates, durations, sizes and shares are read as people write them', () => {
  assert.deepEqual(parseRate('100mbit'), { ok: true, value: 100_000_000 });
  assert.deepEqual(parseRate('1.5Gbit'), { ok: true, value: 1_500_000_000 });
  assert.deepEqual(parseDuration('7d'), { ok: true, value: 604_800_000 });
  assert.deepEqual(parseSize('8MiB'), { ok: true, value: 8 * 1024 * 1024 });
  assert.deepEqual(parseShareOrCount('90%'), { ok: true, value: { share: 0.9 } });
  assert.deepEqual(parseShareOrCount('12'), { ok: true, value: { count: 12 } });
});

test('what is not a quantity is refused with an example', () => {
  for (const text of ['', 'fast', '0mbit', '-1mbit', '5', '1e9bit']) assert.equal(parseRate(text).ok, false, text);
  for (const text of ['10', '10x', 'm']) assert.equal(parseDuration(text).ok, false, text);
  for (const text of ['101%', '1.5', '%']) assert.equal(parseShareOrCount(text).ok, false, text);
});

const north: Selectable = { id: 'id-1', name: 'till-1', labels: { site: 'north' }, facts: { os: 'linux', cores: 4 } };
const matches = (text: string): boolean => {
  const parsed = parseSelector(text);
  assert.ok(parsed.ok, text);
  return matchesSelector(parsed.value, north);
};

test('a selector looks at names, ids, labels and facts', () => {
  for (const text of [
    'all',
    'till-1',
    'id-1',
    'x,till-1',
    'site=north',
    'os=linux,cores=4',
    'role!=kiosk',
    'site=south|north',
    'till-1,site=north',
  ]) {
    assert.ok(matches(text), text);
  }
  for (const text of ['till-2', 'site=south', 'site!=north', 'role=kiosk', 'till-1,site=south', 'all,site=south']) {
    assert.ok(!matches(text), text);
  }
});

test('an empty term or key is refused', () => {
  for (const text of ['', 'a,,b', '=north', '!=x']) assert.equal(parseSelector(text).ok, false, text);
});

test('no text makes the parsers throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseRate(text);
      parseDuration(text);
      parseShareOrCount(text);
      const parsed = parseSelector(text);
      if (parsed.ok) matchesSelector(parsed.value, north);
    }),
  );
});
