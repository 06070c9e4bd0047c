import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REHEARSAL_BYTES } from '../limits.ts';
import { Rehearsal } from './rehearsal.ts';

const AUTHENTICATION = {
  senderKey: new Uint8Array(16).fill(7),
  feedbackKey: new Uint8Array(16).fill(8),
  senderRollover: 0,
  feedbackRollover: 0,
};
const LEAVES = { leafSize: 256 * 1024 };
const ENCRYPTION = { key: new Uint8Array(32).fill(9), context: new Uint8Array([1, 2, 3]) };

test('a rehearsal loses datagrams, repairs them, and comes to its end', () => {
  const rehearsal = new Rehearsal({ objects: [] });
  let steps = 1;
  while (rehearsal.step()) steps += 1;
  assert.deepEqual(rehearsal.missing, []);
  assert.ok(rehearsal.decodedSymbolCount > 0);
  assert.ok(steps > 50, `it looks at the socket in between: ${steps} steps`);
});

for (const [name, leaves] of Object.entries({ plain: LEAVES, encrypted: { ...LEAVES, encryption: ENCRYPTION } })) {
  test(`what is signed, and has ${name} leaves, is rehearsed as that`, () => {
    const object = { toi: 1, size: 1, target: 'memory', leaves } as const;
    const rehearsal = new Rehearsal({ authentication: AUTHENTICATION, objects: [object] });
    while (rehearsal.step()) continue;
    // What came last is verified in a few steps more.
    for (let step = 0; step < 10; step += 1) rehearsal.step();
    assert.deepEqual(rehearsal.missing, []);
    assert.equal(rehearsal.verifiedBytes, REHEARSAL_BYTES);
    assert.ok(rehearsal.decodedSymbolCount > 0);
  });
}
