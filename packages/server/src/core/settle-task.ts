/** When a task has ended, and how: judged by the counts of its deliveries alone. */
import { taskTransitions, type DeliveryCounts, type TaskOutcome } from '@rollcall/api';
import { openCountOf, totalOf } from './counts.ts';
import type { TaskRecord } from './records.ts';

/** What changes in the task because of its counts; undefined: nothing. */
export function settleTask(
  task: TaskRecord,
  now: number,
  cause: 'lastDelivery' | 'expiry' = 'lastDelivery',
): Partial<TaskRecord> | undefined {
  if (openCountOf(task.counts) > 0) return undefined;
  const outcome = outcomeOf(task.counts);
  if (taskTransitions.allows(task.state, 'completed', cause)) {
    return { state: 'completed', phase: 'ended', outcome, finishedAt: now };
  }
  // A cancelled task ends with its last action; a true result that comes in later still changes the outcome.
  const isSettled = task.phase === 'ended' && task.outcome === outcome;
  if ((task.state === 'cancelled' || task.state === 'completed') && !isSettled) {
    return { phase: 'ended', outcome, finishedAt: task.finishedAt ?? now };
  }
  return undefined;
}

function outcomeOf(counts: DeliveryCounts): TaskOutcome {
  if (counts.succeeded === totalOf(counts)) return 'all';
  return counts.succeeded === 0 ? 'none' : 'partial';
}
