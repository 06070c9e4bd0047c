import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERY_STATES, type DeliveryCounts, type DeliveryState, type TaskDetails } from '@rollcall/api';
import type { StreamedEvent } from '@rollcall/client';
import { TaskPicture } from './task-picture.ts';

const none = Object.fromEntries(DELIVERY_STATES.map((state) => [state, 0])) as DeliveryCounts;

const details = (...states: DeliveryState[]): TaskDetails =>
  ({
    state: 'active',
    phase: 'finishing',
    outcome: null,
    counts: states.reduce((counts, state) => ({ ...counts, [state]: counts[state] + 1 }), none),
    deliveries: states.map((state, index) => ({ device: { id: `d${index}`, name: `d${index}` }, state })),
  }) as TaskDetails;

const delivery = (id: string, state: DeliveryState): StreamedEvent =>
  ({
    type: 'delivery',
    sequence: 1,
    at: 1,
    taskId: 't',
    delivery: { device: { id, name: id }, state },
  }) as StreamedEvent;

test('a delivery moves the counts, although no event of the task tells of it', () => {
  const picture = new TaskPicture();
  assert.equal(picture.apply(delivery('d0', 'succeeded')), false);
  picture.take(details('queued', 'receiving'));
  assert.equal(picture.apply(delivery('d1', 'receiving')), false);
  assert.equal(picture.apply(delivery('d1', 'succeeded')), true);
  assert.deepEqual(picture.standing?.counts, { ...none, queued: 1, succeeded: 1 });
});

test('a new picture replaces what was missed while the connection was lost', () => {
  const picture = new TaskPicture();
  picture.take(details('queued', 'queued'));
  picture.take(details('succeeded', 'failed'));
  assert.deepEqual(picture.standing?.counts, { ...none, succeeded: 1, failed: 1 });
});
