import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlushSchedule, repeatInterval } from './flush-schedule.ts';

test('so many, at least 2 GRTT apart, and complete when the answers to the last must have come', () => {
  const flush = new FlushSchedule(3);
  const sentAt: number[] = [];
  for (let now = 0; now < 1000 && flush.isDue; now += 1) {
    if (now < flush.nextAt) continue;
    sentAt.push(now);
    flush.onSent(now, 10);
  }
  assert.deepEqual(sentAt, [0, 20, 45]);
  assert.deepEqual([flush.isComplete(75), flush.isComplete(76)], [false, true]);
});

test('a restart begins the row anew, but never closer than 2 GRTT', () => {
  const flush = new FlushSchedule(1);
  flush.onSent(100, 10);
  flush.restart();
  assert.deepEqual([flush.isDue, flush.nextAt], [true, 120]);
});

test('twenty repeats outlast a stalled receiver on a fast network, and take no longer than the RFC has it on a slow one', () => {
  const lasting = (grtt: number): number => {
    let sum = 0;
    for (let index = 0; index < 20; index += 1) sum += repeatInterval(index, grtt);
    return sum;
  };
  assert.ok(lasting(1000) > 500_000 && lasting(1000) < 800_000);
  assert.equal(lasting(100_000), 40 * 100_000);
});
