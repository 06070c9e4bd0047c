import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rehearsal } from './rehearsal.ts';

test('a rehearsal loses datagrams, repairs them, and comes to its end', () => {
  const rehearsal = new Rehearsal();
  let steps = 1;
  while (rehearsal.step()) steps += 1;
  assert.deepEqual(rehearsal.missing, []);
  assert.ok(rehearsal.decodedSymbolCount > 0);
  assert.ok(steps > 50, `it looks at the socket in between: ${steps} steps`);
});
