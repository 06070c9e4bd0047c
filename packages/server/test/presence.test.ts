/** Who counts as alive: by the devices' door and the server's own, monotonic time. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { operations } from '@rollcall/api';
import { NONCE, TestDevice } from './test-device.ts';
import { FACTS, startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let aheadMs = 0;
let clockJumpMs = 0;

before(async () => {
  server = await startTestServer(
    { mode: 'unicast' },
    { now: () => Date.now() + clockJumpMs, monotonicNow: () => performance.now() + aheadMs },
  );
});
after(() => server[Symbol.asyncDispose]());

async function join(name: string): Promise<TestDevice> {
  const { token } = await server.admin.call(operations.createJoinToken, { body: {} });
  return TestDevice.join(server, token, name);
}

test('a process that is refused does not keep its dead forerunner alive by asking again', async () => {
  const device = await join('killed');
  const checkIn = async (instance: string) => {
    const facts = { ...FACTS, hostname: 'killed' };
    const body = { protocol: { min: 1, max: 1 }, instance, facts, clock: Date.now(), nonce: NONCE };
    return (await device.client.try(operations.checkIn, { body })).status;
  };
  assert.equal(await checkIn('first'), 200);
  const statuses: number[] = [];
  for (let tried = 0; tried < 4; tried += 1) {
    aheadMs += 4_000;
    statuses.push(await checkIn('second'));
    const body = { instance: 'second', receptions: [] };
    await device.client.try(operations.heartbeat, { body });
  }
  assert.deepEqual(statuses, [409, 409, 200, 200]);
  await device.close();
});

test('a clock that jumps takes nobody away, and keeps nobody', async () => {
  const device = await join('steady');
  await device.checkIn();
  const show = () => server.admin.call(operations.getDevice, { params: { id: 'steady' } });
  clockJumpMs = 3_600_000;
  await sleep(700);
  const { online, lastSeenAt } = await show();
  assert.equal(online, true);
  assert.ok(Math.abs(lastSeenAt! - (Date.now() + clockJumpMs)) < 10_000);
  clockJumpMs = -3_600_000;
  aheadMs += 25_000;
  await sleep(700);
  assert.equal((await show()).online, false);
  clockJumpMs = 0;
  await device.close();
});
