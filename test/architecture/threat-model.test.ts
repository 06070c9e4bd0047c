import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { document } from './documents.ts';
import { ROOT } from './source-files.ts';

const COLUMNS = ['attacker', 'wants', 'stopped by', 'what remains', 'held by'];
const ATTACKERS: readonly string[] = [
  'passive stranger on the LAN',
  'active stranger on the LAN',
  'group member',
  'removed device',
  'who breaks into the TLS path',
  'stolen device',
  'lost join token',
  'lost operator token',
  'another web site, or whoever gets at a browser',
  'whoever may add webhooks',
  'whoever wants to pass for the server to a receiver',
  'stolen server',
];

const rows = document('SECURITY.md')
  .split('\n')
  .filter((line) => line.startsWith('| **'))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

test('the threat model has a row for each attacker, with every column filled', () => {
  assert.ok(document('SECURITY.md').includes(`| ${COLUMNS.join(' | ')} |`));
  assert.deepEqual([...new Set(rows.map(([attacker]) => attacker?.replaceAll('*', '')))], ATTACKERS);
  for (const row of rows)
    assert.ok(row.length === COLUMNS.length && row.every((cell) => cell.length > 3), row.join('|'));
});

test('each row names what holds it, and that is there', () => {
  for (const row of rows) {
    const named = [...(row.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '');
    assert.ok(named.length > 0, `${row[0]} names no test`);
    for (const path of named) {
      assert.match(path, /^attack\/[\w-]+\/|\.test\.ts$/, `${path} is neither an attack nor a test`);
      assert.ok(existsSync(join(ROOT, path)), `${path} is not there`);
    }
  }
});
