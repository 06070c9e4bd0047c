import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import { FACTS, signingRequest, TestClient, type TestServer } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { makeJoinToken, startServerOnLoopback } from '../support/identities.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Tokens that are no good any more, or never were; and many who come at once with the last use of a good one. */
export const attack: Attack = {
  name: 'a join token that is used up, expired, revoked or altered, and the last use of one by many at once',
  async run(scale) {
    let aheadMs = 0;
    let minutes = 0;
    const monotonicNow = () => performance.now() + minutes * MINUTE_MS;
    await using server = await startServerOnLoopback({ now: () => Date.now() + aheadMs, monotonicNow });
    const client = new TestClient(server.admin.url);
    const join = joining(client, await signingRequest());
    const good = await makeJoinToken(server, { uses: 3, ttlSeconds: 10 * 3600 });
    assert.equal(await join(good), 201);
    const crowd = scale === 'full' ? 200 : 20;
    const statuses = await Promise.all(Array.from({ length: crowd }, () => join(good)));
    assert.equal(statuses.filter((status) => status === 201).length, 2, statuses.join(' '));

    const revoked = await makeJoinToken(server, { uses: 5 });
    await server.admin.call(operations.revokeJoinToken, { params: { id: revoked.split('.')[1]! } });
    const expired = await makeJoinToken(server, { uses: 5, ttlSeconds: 3600 });
    const fresh = await makeJoinToken(server, { uses: 5, ttlSeconds: 10 * 3600 });
    aheadMs = 2 * HOUR_MS;
    const bad = { 'used up': good, revoked, expired, operators: server.admin.token!, ...altered(fresh, expired) };
    // A minute for each: what guesses is slowed down, and that is another attack.
    for (const [what, token] of Object.entries(bad)) {
      minutes += 1;
      assert.equal(await join(token), 403, what);
    }
    await client.close();
    assert.equal(await countDevices(server), 3);
    return {
      count: crowd + Object.keys(bad).length,
      stoppedBy: 'uses are counted in the transaction that enrols; end, revocation and secret are checked in it',
    };
  },
};

/** Each part of a token, changed; and the secret of one with the name of another. */
function altered(token: string, other: string): Record<string, string> {
  const parts = token.split('.');
  const secret = parts[2]!;
  return {
    'another secret': parts.with(2, `${secret.slice(0, -2)}${secret.endsWith('AA') ? 'BB' : 'AA'}`).join('.'),
    'another id': parts.with(1, 'AAAAAAAAAAAA').join('.'),
    'of two tokens': parts.with(1, other.split('.')[1]!).join('.'),
    'cut off': token.slice(0, -10),
    empty: '',
  };
}

function joining(client: TestClient, certificateSigningRequest: string): (token: string) => Promise<number> {
  let number = 0;
  return async (token) => {
    number += 1;
    const protocol = { min: 1, max: 1 };
    const facts = { ...FACTS, hostname: `guest-${number}` };
    const { status } = await client.try(operations.join, {
      body: { token, certificateSigningRequest, protocol, facts },
    });
    return status;
  };
}

async function countDevices({ admin }: TestServer): Promise<number> {
  return (await admin.call(operations.listDevices)).devices.length;
}
