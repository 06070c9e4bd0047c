import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlushSchedule } from './flush-schedule.ts';

test('so many, 2 GRTT apart, and complete when the answers to the last must have come', () => {
  const flush = new FlushSchedule(3);
  const sentAt: number[] = [];
  for (let now = 0; now < 1000 && flush.isDue; now += 1) {
    if (now < flush.nextAt) continue;
    sentAt.push(now);
    flush.onSent(now, 10);
  }
  assert.deepEqual(sentAt, [0, 20, 40]);
  assert.deepEqual([flush.isComplete(59), flush.isComplete(60)], [false, true]);
});

test('a restart begins the row anew, but never closer than 2 GRTT', () => {
  const flush = new FlushSchedule(1);
  flush.onSent(100, 10);
  flush.restart();
  assert.deepEqual([flush.isDue, flush.nextAt], [true, 120]);
});
