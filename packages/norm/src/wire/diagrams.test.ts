import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { DECODE_FAILURES } from './decoded.ts';

const DOCUMENT = readFileSync(new URL('../../../../docs/PROTOCOL.md', import.meta.url), 'utf8');

/** The indented blocks of a file's first comment. */
function diagramsOf(source: string): readonly string[] {
  const comment = source.slice(source.indexOf('/**'), source.indexOf('*/'));
  const lines = comment.split('\n').map((line) => line.replace(/^ \* ?/, ''));
  const blocks = lines.map((line) => (line.startsWith('    ') ? line.slice(4).trimEnd() : '')).join('\n');
  return blocks.split(/\n{2,}/).filter((block) => block.includes('|'));
}

test("the bit diagrams in docs/PROTOCOL.md are those of the files' headers", () => {
  const directory = new URL('.', import.meta.url);
  const missing: string[] = [];
  let count = 0;
  for (const file of readdirSync(directory)) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file === 'object-position.ts') continue;
    for (const diagram of diagramsOf(readFileSync(new URL(file, directory), 'utf8'))) {
      count += 1;
      if (!DOCUMENT.includes(diagram.trim())) missing.push(`${file}:\n${diagram}`);
    }
  }
  assert.ok(count >= 18, `${count} diagrams`);
  assert.deepEqual(missing, []);
});

test('docs/PROTOCOL.md lists every reason to refuse a datagram, and what it means', () => {
  const missing = Object.entries(DECODE_FAILURES).filter(
    ([reason, meaning]) => !DOCUMENT.includes(`| \`${reason}\` | ${meaning} |`),
  );
  assert.deepEqual(missing, []);
});
