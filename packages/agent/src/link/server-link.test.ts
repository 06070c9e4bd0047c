import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Facts } from '@rollcall/api';
import type { Logger } from 'pino';
import type { DeviceConnection } from './device-connection.ts';
import { ProblemError } from './problem-error.ts';
import { type LinkEnd, ServerLink } from './server-link.ts';

test('a server that cannot be reached is tried ever later, also when it had refused this device before', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const waits: number[] = [];
  const ends: LinkEnd[] = [];
  let calls = 0;
  const call = async (): Promise<never> => {
    calls += 1;
    if (calls === 1) throw new ProblemError(409, JSON.stringify({ code: 'already_connected' }), undefined);
    throw new Error('unreachable');
  };
  const connection = { call, reset: () => undefined } as unknown as DeviceConnection;
  const warn = ({ waitMilliseconds }: { waitMilliseconds: number }): void => void waits.push(waitMilliseconds);
  const link = new ServerLink({
    connection,
    trust: { newNonce: () => 'n'.repeat(22), clock: () => 0, handleCheckIn: async () => undefined },
    renewal: { isDue: () => false, renew: async () => undefined },
    instance: 'one',
    log: { warn, info: () => undefined } as unknown as Logger,
    facts: async () => ({}) as Facts,
    receptions: () => [],
    onConnected: () => undefined,
    onDisconnected: () => undefined,
    onWake: () => undefined,
    onProbe: () => undefined,
    onEnd: (end) => void ends.push(end),
  });
  while (waits.length < 8) {
    await new Promise((resolve) => setImmediate(resolve));
    t.mock.timers.tick(60_000);
  }
  await link.close();
  assert.equal(waits[0], 3000);
  assert.ok(waits[1]! <= 1000, `${waits[1]} ms`);
  assert.ok(Math.max(...waits) > 10_000, `${waits.join(', ')} ms`);
  assert.deepEqual(ends, []);
});
