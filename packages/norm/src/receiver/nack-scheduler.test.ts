import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.ts';
import { NACK_TRANSITIONS, NackScheduler } from './nack-scheduler.ts';

test('the states and the moves between them', () => {
  const graph = Object.entries(NACK_TRANSITIONS).flatMap(([from, moves]) =>
    Object.entries(moves).map(([move, to]) => `${from} --${move}--> ${to}`),
  );
  assert.deepEqual(graph, [
    'idle --demand--> backoff',
    'backoff --asked--> holdOff',
    'backoff --satisfied--> idle',
    'holdOff --over--> idle',
  ]);
});

test('a cycle waits, asks once, and holds off; demand in between starts no other', () => {
  const nacks = new NackScheduler(new Random(1));
  nacks.onDemand(0, 0, 100, 10);
  const dueAt = nacks.wakeAt;
  assert.ok(dueAt !== undefined && dueAt <= 100);
  nacks.onDemand(1, 1, 100, 10);
  assert.equal(nacks.wakeAt, dueAt);
  assert.ok(nacks.isDue(dueAt) && !nacks.isDue(dueAt - 1));
  nacks.onAsked(dueAt, 400);
  assert.ok(!nacks.isDue(dueAt + 1));
  assert.ok(!nacks.endHoldOff(dueAt + 399));
  assert.ok(nacks.endHoldOff(dueAt + 400));
  assert.equal(nacks.state, 'idle');
});

test('a sender that does not answer is asked less and less often, until it does', () => {
  const nacks = new NackScheduler(new Random(1));
  const holdOffs: number[] = [];
  let now = 0;
  for (let cycle = 0; cycle < 14; cycle += 1) {
    if (cycle === 13) nacks.onAnswered();
    nacks.onDemand(now, now, 0, 10);
    nacks.onAsked(now, 1000);
    holdOffs.push(nacks.wakeAt! - now);
    now = nacks.wakeAt!;
    nacks.endHoldOff(now);
  }
  assert.deepEqual(holdOffs.slice(0, 4), [1000, 2000, 4000, 8000]);
  assert.ok(Math.max(...holdOffs) <= 2_000_000);
  assert.equal(holdOffs.at(-1), 1000);
});

test('nothing lacking any more: no hold-off', () => {
  const nacks = new NackScheduler(new Random(1));
  nacks.onDemand(0, 0, 100, 10);
  nacks.onSatisfied();
  assert.deepEqual([nacks.state, nacks.wakeAt], ['idle', undefined]);
});

test('when the GRTT falls, neither a back-off nor a hold-off is waited out; when it rises, neither grows', () => {
  const nacks = new NackScheduler(new Random(1));
  nacks.onDemand(1000, 1000, 1e9, 10);
  const wait = nacks.wakeAt! - 1000;
  assert.ok(wait > 1000);
  nacks.shorten(1000, 1000, 2000);
  assert.equal(nacks.wakeAt, 1000 + Math.floor(wait / 1e6));
  nacks.onAsked(2000, 1e6);
  nacks.shorten(2000, 1000, 3000);
  assert.equal(nacks.wakeAt, 5000);
  nacks.shorten(2000, 1e9, 1e9);
  assert.equal(nacks.wakeAt, 5000);
});
