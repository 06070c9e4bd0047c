import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedQueue } from './bounded-queue.ts';

/** One byte per microsecond: a datagram of 934 bytes takes a millisecond. */
const RATE = { bytesPerSecond: 1_000_000, queueBytes: 3_000 };
const PAYLOAD = 934;

test('datagrams leave one after the other, each after the time that it takes on the line', () => {
  const queue = new BoundedQueue(RATE);
  assert.deepEqual([queue.enter(0, PAYLOAD), queue.enter(0, PAYLOAD), queue.enter(500, PAYLOAD)], [1000, 2000, 3000]);
  assert.equal(queue.enter(10_000, PAYLOAD), 11_000);
});

test('what finds the queue full is lost, and what comes once there is room again is not', () => {
  const queue = new BoundedQueue(RATE);
  const leaves = [0, 0, 0, 0, 999, 1000].map((at) => queue.enter(at, PAYLOAD));
  assert.deepEqual(leaves, [1000, 2000, 3000, undefined, undefined, 4000]);
  assert.deepEqual([queue.droppedCount, queue.carriedCount], [2, 4]);
});

test('a line that drops to a tenth of its rate makes what waits take ten times as long from that instant on', () => {
  const queue = new BoundedQueue({ ...RATE, changes: [{ at: 1500, bytesPerSecond: 100_000 }] });
  assert.deepEqual([queue.enter(0, PAYLOAD), queue.enter(0, PAYLOAD)], [1000, 1500 + 5000]);
  assert.equal(queue.enter(7000, PAYLOAD), 17_000);
});
