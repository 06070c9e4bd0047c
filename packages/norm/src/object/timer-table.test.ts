import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.ts';
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

test('the earliest deadline is always the least of those that run', () => {
  const random = new Random(7);
  const names = ['a', 'b', 'c', 'd'] as const;
  const timers = new TimerTable<(typeof names)[number]>();
  for (let step = 0; step < 5000; step += 1) {
    const name = names[random.below(names.length)]!;
    const at = random.below(20);
    if (random.chance(0.3)) timers.stop(name);
    else if (random.chance(0.5)) timers.set(name, at);
    else timers.start(name, at);
    const running = names.flatMap((each) => timers.at(each) ?? []);
    assert.equal(timers.earliest, running.length === 0 ? undefined : Math.min(...running));
    for (const each of names) assert.equal(timers.isDue(each, at), (timers.at(each) ?? Infinity) <= at);
  }
});
