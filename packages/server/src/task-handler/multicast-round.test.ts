import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FakeMulticastRoom } from '../../test/fake-multicast-room.ts';
import type { ContentRecord, TaskRecord } from '../core/records.ts';
import { MulticastRound, type MulticastRoundPorts } from './multicast-round.ts';

test('a round of many devices does not look at all of them for each word of one', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const deviceCount = 1000;
  const deliveries = Array.from({ length: deviceCount }, (_, index) => ({
    deviceId: `device-${index}`,
    siteId: 'site',
    nodeId: index + 1,
    state: 'queued',
  }));
  const policy = { mode: 'multicast', maxWaitMs: 60_000, startWhen: { count: deviceCount } };
  const task = { id: 'task', state: 'active', phase: 'announcing', policy } as TaskRecord;
  const content = { id: 'content', size: 1000, leafCount: 1, encoding: 'identity' } as ContentRecord;
  const nothing = async () => undefined;
  const transactor = { task: async () => task, insertSession: nothing, updateSession: nothing, updateTask: nothing };
  let looks = 0;
  const ports = {
    store: {
      reader: { deliveriesOfTask: async () => deliveries },
      transact: async (work: (one: typeof transactor) => Promise<unknown>) => work(transactor),
    },
    room: new FakeMulticastRoom(),
    content: { locate: () => ({ leafTable: 'table', content: 'content' }) },
    presence: {
      isOnline: () => {
        looks += 1;
        return true;
      },
    },
    places: { take: async () => ({ port: 6003, rate: 1000, onRate: () => undefined, leave: () => undefined }) },
    config: { multicastAddress: '239.1.2.3', interfaces: [], ttl: 1 },
    now: () => 0,
    monotonicNow: () => 0,
    newId: () => 'session',
    wake: () => undefined,
    log: { info: () => undefined },
  } as unknown as MulticastRoundPorts;
  const round = new MulticastRound(ports, { task, content, siteId: 'site' }, 'first');
  const run = round.run();
  while (round.state.state !== 'open') await setImmediate();
  looks = 0;
  for (const { deviceId } of deliveries) {
    assert.ok(round.noteReady(deviceId));
    await setImmediate();
  }
  assert.ok(looks <= deviceCount, `${looks} looks at a device for ${deviceCount} words`);
  round.close();
  for (let turns = 0; turns < 20; turns += 1) {
    t.mock.timers.tick(1000);
    await setImmediate();
  }
  assert.equal(await run, undefined);
});
