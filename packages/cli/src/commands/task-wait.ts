/** Waiting for a task: until its end, a share of its devices, or a phase. Shows how it goes on a terminal. */
import { TASK_PHASES, type TaskDetails, type TaskSummary } from '@rollcall/api';
import type { ApiClient } from '../client/api-client.ts';
import { followToEnd } from '../client/follow-task.ts';
import { CommandError, EXIT, usageError } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { taskProgress } from '../output/progress.ts';
import { formatCounts, formatRoll } from '../output/roll.ts';

/** How a task stands, as far as it is waited for. */
export type Standing = Pick<TaskSummary, 'state' | 'phase' | 'outcome' | 'counts'>;

export type Goal =
  | { readonly kind: 'end' }
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'phase'; readonly phase: TaskSummary['phase'] };

type Verdict = 'reached' | 'hopeless' | 'ahead';

/** Whether the goal is reached, can no longer be reached, or is still ahead. */
export function judge(goal: Goal, task: Standing): Verdict {
  const isEnded = task.phase === 'ended';
  if (goal.kind === 'phase') {
    return TASK_PHASES.indexOf(task.phase) >= TASK_PHASES.indexOf(goal.phase) ? 'reached' : 'ahead';
  }
  if (goal.kind === 'end') {
    if (!isEnded) return 'ahead';
    return task.outcome === 'all' ? 'reached' : 'hopeless';
  }
  const total = Object.values(task.counts).reduce((sum, count) => sum + count, 0);
  const needed = goal.kind === 'count' ? goal.count : Math.ceil(total * goal.share);
  if (task.counts.succeeded >= needed) return 'reached';
  const { queued, receiving, received, executing, succeeded } = task.counts;
  const possible = isEnded ? succeeded : succeeded + queued + receiving + received + executing;
  return possible < needed ? 'hopeless' : 'ahead';
}

/** Returns when the goal is reached. @throws CommandError with exit code 3 (hopeless) or 4 (timeout) */
export async function waitForTask(
  client: ApiClient,
  output: Output,
  id: string,
  goal: Goal,
  timeoutMs: number | undefined,
): Promise<void> {
  const stop = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop.abort(), timeoutMs);
  const progress = taskProgress(output);
  let verdict: Verdict = 'ahead';
  try {
    for await (const { event, picture, isChanged } of followToEnd(client, id, { signal: stop.signal })) {
      progress.show(event, isChanged ? picture.head : undefined);
      if (verdict === 'ahead' && isChanged) verdict = judge(goal, picture.head);
      if (verdict === 'ahead') continue;
      clearTimeout(timer);
      if (picture.head.phase !== 'ended') break;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    progress.stop();
  }
  if (verdict !== 'ahead') return finish(client, output, id, verdict);
  await showLast(client, output, id);
  throw new CommandError(EXIT.timeout, `task ${id}: time is over; the task goes on`);
}

async function finish(client: ApiClient, output: Output, id: string, verdict: Verdict): Promise<void> {
  const task: TaskDetails = await client.call('getTask', { params: { id } });
  output.result(task, () => formatRoll(task));
  if (verdict === 'hopeless') {
    throw new CommandError(EXIT.hopeless, `task ${id} can no longer succeed: ${formatCounts(task.counts)}`);
  }
}

/** How far it has come when the time is over; nothing, where the server does not say it soon. */
async function showLast(client: ApiClient, output: Output, id: string): Promise<void> {
  const signal = AbortSignal.timeout(LAST_LOOK_MS_MAX);
  const task = await client.call('getTask', { params: { id } }, { signal }).catch(() => undefined);
  if (task !== undefined) output.result(task, () => formatRoll(task));
}

/** Milliseconds: whoever set a time does not wait much longer for a server that is away. */
const LAST_LOOK_MS_MAX = 3000;

export function parseGoal(until: string | undefined, phase: TaskSummary['phase'] | undefined): Goal {
  if (until !== undefined && phase !== undefined) throw usageError('give --until or --phase, not both');
  if (phase !== undefined) return { kind: 'phase', phase };
  if (until === undefined) return { kind: 'end' };
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(until);
  const number = Number(match?.[1]);
  if (match !== null && match[2] === '%' && number <= 100) return { kind: 'share', share: number / 100 };
  if (match !== null && match[2] === '' && Number.isSafeInteger(number)) return { kind: 'count', count: number };
  throw usageError(`"${until}" is neither a share such as 95% nor a number of devices`);
}
