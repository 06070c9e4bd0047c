import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contention } from './contention.ts';
import { PathMonitor } from './path-monitor.ts';

/** What a round trip that was never without a queue looks like: as if there were none. */
const monitor = new PathMonitor();

function contestedAfter(rates: readonly number[]): Contention {
  const contention = new Contention();
  for (const rate of rates) contention.onQueue(rate);
  return contention;
}

test('a path is contested when less than half of what filled it fills it again and again', () => {
  assert.ok(!contestedAfter([10e6, 4e6, 4e6]).isContested);
  assert.ok(contestedAfter([10e6, 4e6, 3e6, 2e6]).isContested);
});

test('a path on which queues begin at much the same rate is not', () => {
  assert.ok(!contestedAfter([10e6, 6e6, 9e6, 5e6, 8e6, 5e6, 5e6]).isContested);
  assert.ok(!contestedAfter([10e6, 4e6, 4e6, 9e6, 4e6, 4e6]).isContested);
});

/** Until a time without any queue has ended it. */
function rest(contention: Contention, from: number): void {
  for (let now = from; now <= from + 2e6; now += 100_000) contention.onReport(now, monitor, 0);
  assert.ok(!contention.isContested);
}

test('a time without a queue ends it, and the next queue at so little begins it again', () => {
  const contention = contestedAfter([10e6, 1e6, 1e6, 1e6]);
  rest(contention, 0);
  contention.onQueue(1e6);
  assert.ok(contention.isContested);
});

test('a path that stays slow is at last taken for one that became slower', () => {
  const contention = contestedAfter([10e6, 1e6, 1e6]);
  for (let count = 0; count < 20; count += 1) {
    contention.onQueue(1e6);
    rest(contention, count * 3e6);
  }
  contention.onQueue(1e6);
  assert.ok(!contention.isContested);
});
