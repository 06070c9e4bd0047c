/** Waiting for a task: until its end, a share of its devices, or a phase. Shows how it goes on a terminal. */
import type { TaskDetails, TaskSummary } from '@rollcall/api';
import type { StreamedEvent } from '@rollcall/client';
import type { ApiClient } from '../client/api-client.ts';
import { TaskPicture, type Standing } from '../client/task-picture.ts';
import { CommandError, EXIT, usageError } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { taskProgress } from '../output/progress.ts';
import { formatCounts, formatRoll } from '../output/roll.ts';

export type Goal =
  | { readonly kind: 'end' }
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'phase'; readonly phase: TaskSummary['phase'] };

const PHASES: readonly TaskSummary['phase'][] = ['announcing', 'multicasting', 'finishing', 'ended'];

/** Whether the goal is reached, can no longer be reached, or is still ahead. */
export function judge(goal: Goal, task: Standing): 'reached' | 'hopeless' | 'ahead' {
  const isEnded = task.phase === 'ended';
  if (goal.kind === 'phase') {
    return PHASES.indexOf(task.phase) >= PHASES.indexOf(goal.phase) ? 'reached' : 'ahead';
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
  const picture = new TaskPicture();
  try {
    for await (const event of client.events({ taskId: id, signal: stop.signal })) {
      const isChanged = await carryForward(client, picture, id, event, stop.signal);
      progress.show(event, isChanged ? picture.standing : undefined);
      const verdict = isChanged && picture.standing !== undefined ? judge(goal, picture.standing) : 'ahead';
      if (verdict === 'ahead') continue;
      progress.stop();
      await finish(client, output, id, verdict);
      return;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    progress.stop();
  }
  throw new CommandError(EXIT.timeout, `task ${id}: time is over; the task goes on`);
}

/** A picture is taken after each (re)connection; from there on the events carry it forward. True: it changed. */
export async function carryForward(
  client: ApiClient,
  picture: TaskPicture,
  id: string,
  event: StreamedEvent,
  signal: AbortSignal,
): Promise<boolean> {
  if (event.type !== 'open' && event.type !== 'reset') return picture.apply(event);
  picture.take(await client.call('getTask', { params: { id } }, { signal }));
  return true;
}

async function finish(client: ApiClient, output: Output, id: string, verdict: 'reached' | 'hopeless'): Promise<void> {
  const task: TaskDetails = await client.call('getTask', { params: { id } });
  output.result(task, () => formatRoll(task));
  if (verdict === 'hopeless') {
    throw new CommandError(EXIT.hopeless, `task ${id} can no longer succeed: ${formatCounts(task.counts)}`);
  }
}

export function parseGoal(until: string | undefined, phase: string | undefined): Goal {
  if (until !== undefined && phase !== undefined) throw usageError('give --until or --phase, not both');
  if (phase !== undefined) {
    const known = PHASES.find((name) => name === phase);
    if (known === undefined) throw usageError(`"${phase}" is no phase; phases are ${PHASES.join(', ')}`);
    return { kind: 'phase', phase: known };
  }
  if (until === undefined) return { kind: 'end' };
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(until);
  const number = Number(match?.[1]);
  if (match !== null && match[2] === '%' && number <= 100) return { kind: 'share', share: number / 100 };
  if (match !== null && match[2] === '' && Number.isSafeInteger(number)) return { kind: 'count', count: number };
  throw usageError(`"${until}" is neither a share such as 95% nor a number of devices`);
}
