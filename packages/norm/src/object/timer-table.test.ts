import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimerTable } from './timer-table.ts';

test('the earliest deadline counts, and a stopped timer does not', () => {
  const timers = new TimerTable<'a' | 'b'>();
  assert.equal(timers.earliest, undefined);
  timers.set('a', 20);
  timers.set('b', 10);
  assert.equal(timers.earliest, 10);
  timers.stop('b');
  assert.deepEqual([timers.earliest, timers.isDue('a', 19), timers.isDue('a', 20)], [20, false, true]);
});

test('start leaves a running timer alone, set does not', () => {
  const timers = new TimerTable<'a'>();
  timers.start('a', 5);
  timers.start('a', 9);
  assert.equal(timers.earliest, 5);
  timers.set('a', 9);
  assert.equal(timers.earliest, 9);
});
