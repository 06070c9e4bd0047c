import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamedEvent } from '@rollcall/client';
import { deliveryOf, taskOf } from './watch-fixture.ts';
import { applyEvent, takePicture } from './watch-state.ts';

test('devices stand in the order of their names as people count, and stay there', () => {
  const task = taskOf(['till-10', 'till-2', 'till-1'].map((name) => deliveryOf(name)));
  let state = takePicture(task, undefined);
  const delivery = deliveryOf('till-2', { state: 'succeeded', path: 'multicast' });
  state = applyEvent(state, { type: 'delivery', sequence: 1, at: 1, taskId: 't1', delivery });
  assert.deepEqual(
    state.deliveries.map(({ device, state }) => `${device.name} ${state}`),
    ['till-1 queued', 'till-2 succeeded', 'till-10 queued'],
  );
  assert.deepEqual([state.counts.queued, state.counts.succeeded], [2, 1]);
});

test('how far receptions are outlives a delivery that goes on, and a new picture', () => {
  const progress: StreamedEvent = {
    type: 'progress',
    taskId: 't1',
    at: 1,
    session: { bytesSent: 10, repairBytes: 1, rateBitsPerSecond: 8, contentBytes: 5, contentSize: 10 },
    devices: [{ id: 'id-a', bytesHeld: 5, size: 10 }],
  };
  let state = applyEvent(takePicture(taskOf([deliveryOf('a')]), undefined), progress);
  state = takePicture(taskOf([deliveryOf('a', { state: 'receiving' })]), state);
  assert.deepEqual(state.deliveries[0]?.held, { bytes: 5, size: 10 });
  assert.equal(state.session?.contentBytes, 5);
  const { counts } = state;
  const ended = {
    type: 'task',
    sequence: 2,
    at: 2,
    taskId: 't1',
    state: 'active',
    phase: 'finishing',
    outcome: null,
  } as const;
  state = applyEvent(state, { ...ended, counts });
  assert.equal(state.session, null);
});
