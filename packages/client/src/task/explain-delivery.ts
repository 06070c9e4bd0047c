/**
 * Why a delivery is not done yet, and what happens next: in sentences, from the row's own state, reason and error and from
 * where its task stands. Nothing is guessed; what the server does not know is not said. Short, for a terminal shows both in
 * what one line leaves beside the device's name.
 */
import type { Delivery, QueuedReason, SessionSummary, TaskDetails } from '@rollcall/api';
import { formatBytes, formatRatio } from '../format.ts';

export interface Explanation {
  readonly why: string;
  readonly next: string;
}

type HandedOver = SessionSummary['handedOver'][number];

export type ExplainedTask = Pick<TaskDetails, 'state' | 'phase' | 'policy'> & {
  readonly sessions: readonly SessionSummary[];
};

export function explainDelivery(delivery: Delivery, task: ExplainedTask, bytesHeld?: number): Explanation {
  const { state, error, path } = delivery;
  switch (state) {
    case 'queued':
      return explainQueued(delivery, task);
    case 'receiving':
      return {
        why: bytesHeld === undefined ? 'It is receiving the content.' : `It holds ${formatBytes(bytesHeld)} so far.`,
        next:
          task.phase === 'finishing' || task.policy.mode === 'unicast'
            ? 'The missing pieces come by unicast.'
            : 'What the multicast does not bring comes by unicast.',
      };
    case 'received':
      return { why: 'It has the whole content, verified.', next: 'It carries out the action.' };
    case 'executing':
      return {
        why: 'The action runs on the device.',
        next: `Its result is reported; after ${task.policy.timeoutSeconds} s it is stopped.`,
      };
    case 'succeeded':
      return { why: `Done${HOW[path ?? 'multicast']}.`, next: 'Nothing.' };
    case 'failed':
    case 'timed_out':
      return {
        why: error === null ? 'The action did not succeed.' : sentence(error.message),
        next: 'Look at its output, then retry.',
      };
    case 'rejected':
      return {
        why: error === null ? 'The device declined the task.' : `The device declined: ${sentence(error.message)}`,
        next: ADVICE[error?.code ?? ''] ?? 'Mend the cause on the device, then retry.',
      };
    case 'expired':
      return { why: 'The task ended before the device was reached.', next: 'Create the task again to reach it.' };
    case 'cancelled':
      return { why: 'The task was cancelled.', next: 'Nothing, unless it is retried.' };
    case 'removed':
      return { why: 'The device was removed.', next: 'Nothing: it is no longer a device of this server.' };
  }
}

/** Why a multicast left a device out, as the part of a sentence whose subject is the device. */
export function whyLeftToUnicast({ reason, lossRatio, groupLossRatio }: HandedOver): string {
  if (reason !== 'loss') return LEFT[reason];
  const group = groupLossRatio === null ? '' : `, the others at most ${formatRatio(groupLossRatio)}`;
  return `it lost ${formatRatio(lossRatio)} of the packets${group}`;
}

function explainQueued({ reason, device }: Delivery, task: ExplainedTask): Explanation {
  if (task.state === 'paused')
    return { why: 'The task is paused.', next: 'Nothing is sent to it until it is resumed.' };
  if (task.state === 'scheduled') return { why: 'The task has not begun.', next: 'It is told when the task begins.' };
  if (reason !== null && reason !== 'not_notified') return QUEUED[reason];
  return {
    why: whyNotServed(device.id, task) ?? 'It was told and has not answered yet.',
    next: upcoming(task),
  };
}

/** Why the last multicast did not serve this device, when it said so. */
function whyNotServed(deviceId: string, { sessions, phase }: ExplainedTask): string | undefined {
  if (phase !== 'finishing') return phase === 'multicasting' ? 'It has not joined the multicast.' : undefined;
  const session = sessions.at(-1);
  const left = session?.handedOver.find((one) => one.deviceId === deviceId);
  if (left !== undefined) return `The multicast left it out: ${whyLeftToUnicast(left)}.`;
  if (session?.error !== null && session?.error !== undefined)
    return `The multicast failed: ${sentence(session.error)}`;
  return undefined;
}

function upcoming({ phase, policy }: ExplainedTask): string {
  if (phase === 'announcing' && policy.mode !== 'unicast') return 'The multicast begins when enough devices are ready.';
  if (phase === 'multicasting') return 'It may still join; otherwise it is completed by unicast.';
  return 'It is completed by unicast when it asks.';
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

const HOW = {
  multicast: ', all of it by multicast',
  'multicast+unicast': ', by multicast, and the rest by unicast',
  unicast: ', by unicast',
  peer: ', from a peer',
  already_present: ': it had the content already',
} as const;

const QUEUED = {
  offline: { why: 'It is offline.', next: 'When it is back it asks by itself, and gets what it lacks.' },
  waiting_window: { why: 'Its time window has not come.', next: 'It is told when the window opens.' },
  waiting_phase: { why: 'Its step of the rollout has not come.', next: 'It is told when the step before is done.' },
  waiting_slot: { why: 'All unicast slots are taken.', next: 'It gets the next one that is free, in its turn.' },
} as const satisfies Record<Exclude<QueuedReason, 'not_notified'>, Explanation>;

const LEFT = {
  demand: 'it went on asking for more repair than it can have lacked, or than most of the others did',
  poisoned: "somebody who has the session's key sent it wrong content",
  last: 'it still asked for repair when everybody else had been served',
  unreached: 'nothing of it arrived there; "rollcall doctor" finds the place',
} as const satisfies Record<Exclude<HandedOver['reason'], 'loss'>, string>;

const ADVICE: Readonly<Record<string, string>> = {
  no_space: 'Make room on the device, then retry.',
  not_allowed: "Allow the target in the device's own configuration, then retry.",
  path_outside_roots: "Choose another target, or allow this one in the device's own configuration, then retry.",
  root_missing: 'Make the folder on the device, then retry.',
  downgrade_refused: 'Send it as another task that allows a downgrade, if that is what you want.',
  version_rollback: 'Send it as another task that allows a downgrade, if that is what you want.',
  version_unknown: 'Send it under a version that can be compared, or as a task that allows a downgrade.',
  version_conflict: 'Give what has changed a version of its own, and send it as another task.',
  wrong_platform: 'Nothing: this package is not for this device.',
};
