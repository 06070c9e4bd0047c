/** Why a device has not got its delivery yet, and what will happen next. */
import type { TaskDetails } from '@rollcall/api';
import { formatBytes } from '../output/format.ts';
import type { WatchedDelivery } from './watch-state.ts';

export function whyNotDone(
  { state, reason, error, held }: WatchedDelivery,
  task: Pick<TaskDetails, 'state' | 'phase'>,
): string {
  switch (state) {
    case 'queued':
      if (reason === 'offline') return 'not connected; completes by itself when it is back';
      if (task.state === 'paused') return 'the task is paused; it goes on with "task resume"';
      return QUEUED[reason ?? 'not_notified'];
    case 'receiving':
      return held === undefined ? 'receives' : `holds ${percent(held.bytes, held.size)} of ${formatBytes(held.size)}`;
    case 'received':
      return 'has everything; carries it out next';
    case 'executing':
      return 'carries it out';
    case 'failed':
    case 'rejected':
    case 'timed_out':
      return `${error === null ? state : `${error.code}: ${error.message}`}; again with "task retry"`;
    case 'expired':
      return 'was not reached before the task ended';
    default:
      return state;
  }
}

export function percent(part: number, whole: number): string {
  return `${Math.floor((100 * part) / Math.max(whole, 1))}%`;
}

const QUEUED = {
  offline: '',
  not_notified: 'connected; asks in a moment',
  waiting_window: 'waits for the hours in which it may',
  waiting_phase: 'waits for the step of the rollout before',
  waiting_slot: 'waits for its turn by unicast',
} as const satisfies Record<NonNullable<WatchedDelivery['reason']>, string>;
