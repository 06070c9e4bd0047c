import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProgressEvent } from '@rollcall/api';
import { TaskPicture } from '../src/model/task-picture.ts';
import { delivery, deliveryEvent, task } from './samples.ts';

const three = () => new TaskPicture(task({ deliveries: ['a', 'b', 'c'].map((name) => delivery({}, name)) }));
const progress = (contentBytes: number, held: Readonly<Record<string, number>> = {}): ProgressEvent => ({
  type: 'progress',
  taskId: 't1',
  at: 2_000,
  session: { bytesSent: contentBytes, repairBytes: 7, rateBitsPerSecond: 8, contentBytes, contentSize: 1000 },
  devices: Object.entries(held).map(([id, bytesHeld]) => ({ id, bytesHeld, size: 1000 })),
});

test('what changed is told once, and the counts follow', () => {
  const picture = three();
  assert.equal(picture.counts.waiting, 3);
  assert.ok(picture.apply(deliveryEvent(delivery({ state: 'succeeded', path: 'multicast' }, 'b'))));
  assert.deepEqual([picture.counts.waiting, picture.counts.multicast], [2, 1]);
  assert.deepEqual([...picture.takeDirty()], [1]);
  assert.deepEqual([...picture.takeDirty()], []);
});

test('events of other tasks and of strange devices change nothing', () => {
  const picture = three();
  const event = deliveryEvent(delivery({ state: 'failed' }, 'a'));
  assert.equal(picture.apply({ ...event, taskId: 'other' } as typeof event), false);
  picture.apply(deliveryEvent(delivery({ state: 'failed' }, 'stranger')));
  assert.deepEqual([picture.counts.waiting, picture.counts.failed], [3, 0]);
});

test('a device that receives is taken to go on as it did, and never to hold more than all', () => {
  const picture = three();
  for (const name of ['a', 'b']) picture.apply(deliveryEvent(delivery({ state: 'receiving' }, name)));
  picture.apply(progress(400));
  assert.equal(picture.shareOf(0), 0.4);
  picture.apply(progress(500, { a: 250 }));
  assert.deepEqual([picture.shareOf(0), picture.heldBy('a')], [0.25, 250]);
  picture.apply(progress(900, { a: 250 }));
  assert.ok(Math.abs(picture.shareOf(0) - 0.45) < 1e-9, `${picture.shareOf(0)}`);
  picture.apply(progress(1000, { b: 1200 }));
  assert.equal(picture.shareOf(1), 1);
});

test('who has received, was queued again or ended is not drawn by what it held', () => {
  const picture = three();
  picture.apply(deliveryEvent(delivery({ state: 'receiving' }, 'a')));
  picture.apply(progress(500, { a: 500 }));
  picture.apply(deliveryEvent(delivery({ state: 'queued', reason: 'offline' }, 'a')));
  assert.deepEqual([picture.shareOf(0), picture.heldBy('a'), picture.counts.offline], [0, undefined, 1]);
});

test("progress carries the running session's counters forward", () => {
  const picture = three();
  picture.apply(progress(600));
  assert.deepEqual([picture.head.sessions[0]?.bytesSent, picture.head.sessions[0]?.repairBytes], [600, 7]);
});
