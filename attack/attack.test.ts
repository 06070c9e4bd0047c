import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAttacks } from './find-attacks.ts';

const found = await findAttacks();

for (const { id, attack } of found) {
  test(`stopped: ${attack.name} (${id})`, { skip: attack.skip ?? false }, async () => {
    const { count, stoppedBy } = await attack.run('short');
    assert.ok(count > 0, 'it was tried');
    assert.match(stoppedBy, /^\S[^\n]*$/, 'what stopped it is one line');
  });
}
