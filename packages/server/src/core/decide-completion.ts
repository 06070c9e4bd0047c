/**
 * The decision about one task in a device's completion request: what its row of the task status table says, what the
 * device holds, and what the multicast is doing. Whether a slot is free is the completion queue's to say: `fetch` here
 * means that the device is to be queued for one.
 */
import { countLeaves, deliveryTransitions, type HeldContent, type LeafRange } from '@rollcall/api';
import type { DeliveryRecord, TaskRecord } from './records.ts';

/** Where the multicast of the task stands at the device's site. */
export type RoundState =
  /** It will be opened, or asks first who lacks what. */
  | { readonly state: 'planned' }
  /** Devices may join: announced or sending. */
  | { readonly state: 'open'; readonly sessionId: string };

export interface CompletionCase {
  readonly task: TaskRecord;
  readonly delivery: DeliveryRecord;
  /** What the device said about this task; undefined: it does not know it. */
  readonly held: HeldContent | undefined;
  readonly leafCount: number;
  /** Undefined: no multicast, or it is over. */
  readonly round: RoundState | undefined;
}

export type CompletionVerdict =
  | { readonly decision: 'done' | 'cancelled' | 'execute' }
  | { readonly decision: 'join'; readonly sessionId: string }
  /** The number of leaves that are missing. */
  | { readonly decision: 'fetch'; readonly missingCount: number }
  | {
      readonly decision: 'wait';
      readonly reason: 'multicast_running' | 'multicast_planned' | 'paused' | 'not_before';
      readonly retryAfterMs: number;
    };

export function decideCompletion(request: CompletionCase, now: number): CompletionVerdict {
  const { task, delivery, leafCount, round } = request;
  if (delivery.state === 'cancelled') return { decision: 'cancelled' };
  if (deliveryTransitions.isTerminal(delivery.state)) return { decision: 'done' };
  if (task.state === 'cancelled') return { decision: 'cancelled' };
  const missing = missingOf(request);
  const missingCount = missing === undefined ? leafCount : countLeaves(missing);
  // Nothing to send to it: a pause does not stop what goes on on devices.
  if (missingCount === 0) return { decision: 'execute' };
  if (task.state === 'paused') return { decision: 'wait', reason: 'paused', retryAfterMs: PAUSED_RETRY_MS };
  const notBefore = Math.max(delivery.notBefore ?? 0, task.scheduledAt ?? 0);
  if (notBefore > now || task.state !== 'active') {
    return { decision: 'wait', reason: 'not_before', retryAfterMs: Math.max(1000, notBefore - now) };
  }
  if (round?.state === 'planned') {
    return { decision: 'wait', reason: 'multicast_planned', retryAfterMs: PLANNED_RETRY_MS };
  }
  if (round?.state === 'open') {
    return request.held?.sessionId === round.sessionId
      ? { decision: 'wait', reason: 'multicast_running', retryAfterMs: RUNNING_RETRY_MS }
      : { decision: 'join', sessionId: round.sessionId };
  }
  return { decision: 'fetch', missingCount };
}

/** Undefined: everything. What was held for other content says nothing about this one. */
function missingOf({ task, held }: CompletionCase): readonly LeafRange[] | undefined {
  return held !== undefined && held.contentId === task.contentId ? held.missing : undefined;
}

/** A wake-up comes when any of these is over; asking again is the safety net. */
const PAUSED_RETRY_MS = 30_000;
const PLANNED_RETRY_MS = 3_000;
const RUNNING_RETRY_MS = 15_000;
