import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskPicture } from '../src/task/task-picture.ts';
import { delivery, deliveryEvent, progressEvent, task } from '../../../test/support/task-samples.ts';

const three = () => new TaskPicture(task(['a', 'b', 'c'].map((name) => delivery(name))));
const progress = (contentBytes: number, held: Readonly<Record<string, number>> = {}) =>
  progressEvent({ contentBytes }, held);

test('what changed is told once, and the counts follow, although no event of the task tells of them', () => {
  const picture = three();
  assert.equal(picture.lookCounts.waiting, 3);
  assert.ok(picture.apply(deliveryEvent(delivery('b', { state: 'succeeded', path: 'multicast' }))));
  assert.deepEqual([picture.lookCounts.waiting, picture.lookCounts.multicast], [2, 1]);
  assert.deepEqual([picture.head.counts.queued, picture.head.counts.succeeded], [2, 1]);
  assert.deepEqual([...picture.takeDirty()], [1]);
  assert.deepEqual([...picture.takeDirty()], []);
});

test('devices stand in the order of their names as people count, and stay there', () => {
  const picture = new TaskPicture(task(['till-10', 'till-2', 'till-1'].map((name) => delivery(name))));
  picture.apply(deliveryEvent(delivery('till-2', { state: 'succeeded', path: 'multicast' })));
  assert.deepEqual(
    picture.deliveries.map(({ device, state }) => `${device.name} ${state}`),
    ['till-1 queued', 'till-2 succeeded', 'till-10 queued'],
  );
  assert.equal(picture.deliveryOf('till-2')?.state, 'succeeded');
});

test('events of other tasks and of strange devices change nothing', () => {
  const picture = three();
  const event = deliveryEvent(delivery('a', { state: 'failed' }));
  assert.equal(picture.apply({ ...event, taskId: 'other' } as typeof event), false);
  assert.equal(picture.apply(deliveryEvent(delivery('stranger', { state: 'failed' }))), false);
  assert.deepEqual([picture.head.counts.queued, picture.head.counts.failed], [3, 0]);
});

test('a device that receives is taken to go on as it did, and never to hold more than all', () => {
  const picture = three();
  for (const name of ['a', 'b']) picture.apply(deliveryEvent(delivery(name, { state: 'receiving' })));
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
  picture.apply(deliveryEvent(delivery('a', { state: 'receiving' })));
  picture.apply(progress(500, { a: 500 }));
  picture.apply(deliveryEvent(delivery('a', { state: 'queued', reason: 'offline' })));
  assert.deepEqual([picture.shareOf(0), picture.heldBy('a'), picture.lookCounts.offline], [0, undefined, 1]);
  picture.takeDirty();
  picture.apply(progress(600));
  assert.deepEqual([...picture.takeDirty()], []);
});

test('how far receptions are outlives a new picture, until the multicast ends', () => {
  const before = three();
  before.apply(deliveryEvent(delivery('a', { state: 'receiving' })));
  before.apply(progress(500, { a: 250 }));
  const after = new TaskPicture(task([delivery('a', { state: 'receiving' }), delivery('b')]), before);
  assert.deepEqual([after.heldBy('a'), after.session?.contentBytes, after.shareOf(0)], [250, 500, 0.25]);
  const { counts } = after.head;
  const ended = { state: 'active', phase: 'finishing', outcome: null, counts } as const;
  after.apply({ type: 'task', sequence: 2, at: 2, taskId: 't1', ...ended });
  assert.equal(after.session, null);
});

test("progress carries the running session's counters forward", () => {
  const picture = three();
  picture.apply(progress(600));
  assert.deepEqual([picture.head.sessions[0]?.bytesSent, picture.head.sessions[0]?.repairBytes], [600, 7]);
});
