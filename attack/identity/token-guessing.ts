import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { operations } from '@rollcall/api';
import { FACTS, signingRequest, TestClient } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { makeJoinToken, startServerOnLoopback } from '../support/identities.ts';

/** Who knows everything of a token but its secret guesses on, at both places that take one. */
export const attack: Attack = {
  name: "guessing the secrets of operators' and join tokens",
  async run(scale) {
    await using server = await startServerOnLoopback();
    const { admin } = server;
    const guesses = scale === 'full' ? 300 : 100;
    const known = await makeJoinToken(server, { uses: 5 });
    const guess = (token: string): string => token.split('.').with(2, randomBytes(32).toString('base64url')).join('.');
    const certificateSigningRequest = await signingRequest();
    const anyone = new TestClient(admin.url);
    let slowed = 0;
    for (let index = 0; index < guesses; index += 1) {
      const operator = new TestClient(admin.url, guess(admin.token!));
      const asOperator = await operator.try(operations.whoAmI);
      await operator.close();
      const body = { token: guess(known), certificateSigningRequest, protocol: { min: 1, max: 1 }, facts: FACTS };
      const asDevice = await anyone.try(operations.join, { body });
      for (const { status } of [asOperator, asDevice]) {
        assert.ok([401, 403, 429].includes(status), String(status));
        if (status === 429) slowed += 1;
      }
    }
    await anyone.close();
    assert.ok(slowed > guesses, `${slowed} of ${2 * guesses} guesses were slowed down`);
    // Whoever has a good token, behind the same address, works on.
    assert.equal((await admin.call(operations.whoAmI)).role, 'admin');
    return { count: 2 * guesses, stoppedBy: `256 random bits, and who guesses wrong has to wait (${slowed} times)` };
  },
};
