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

test('a path that became slower is measured anew, and no longer contested once it has no queue', () => {
  const contention = contestedAfter([10e6, 1e6, 1e6, 1e6]);
  for (let now = 0; now <= 2e6; now += 100_000) contention.onReport(now, monitor, 0);
  assert.ok(!contention.isContested);
  for (let count = 0; count < 10; count += 1) contention.onQueue(1e6);
  assert.ok(!contention.isContested);
});
