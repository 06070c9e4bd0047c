/**
 * Why a delivery is not done yet, and what happens next: in sentences, from the row's own state, reason and error and from
 * where its task stands. Nothing is guessed; what the server does not know is not said.
 */
import type { Delivery, SessionSummary, TaskDetails } from '@rollcall/api';
import { formatBytes, formatRatio } from './format.ts';

export interface Explanation {
  readonly why: string;
  readonly next: string;
}

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
        next: `Nothing by itself: look at its output, then retry.`,
      };
    case 'rejected':
      return {
        why: error === null ? 'The device declined the task.' : `The device declined: ${sentence(error.message)}`,
        next: ADVICE[error?.code ?? ''] ?? 'Nothing by itself: mend the cause on the device, then retry.',
      };
    case 'expired':
      return {
        why: 'The task ended before the device was reached.',
        next: 'Nothing: create the task again to reach it.',
      };
    case 'cancelled':
      return { why: 'The task was cancelled.', next: 'Nothing, unless it is retried.' };
    case 'removed':
      return { why: 'The device was removed.', next: 'Nothing: it is no longer a device of this server.' };
  }
}

function explainQueued({ reason, device }: Delivery, task: ExplainedTask): Explanation {
  if (task.state === 'paused') {
    return { why: 'The task is paused.', next: 'Nothing is sent to it until the task is resumed.' };
  }
  if (task.state === 'scheduled') return { why: 'The task has not begun.', next: 'It is told when the task begins.' };
  if (reason === 'offline') {
    return {
      why: 'The device is offline.',
      next: 'When it is back it asks by itself, and gets by unicast what it lacks.',
    };
  }
  if (reason === 'waiting_window') {
    return { why: 'Its time window has not come.', next: 'It is told when the window opens.' };
  }
  if (reason === 'waiting_phase') {
    return { why: 'Its step of the rollout has not come.', next: 'It is told when the step before is done.' };
  }
  if (reason === 'waiting_slot') {
    return { why: 'All unicast slots are taken.', next: 'It gets the next one that is free, in its turn.' };
  }
  return {
    why: leftToUnicast(device.id, task) ?? 'It was told of the task and has not answered yet.',
    next: upcoming(task),
  };
}

/** Why the last multicast left this device out, when it said so. */
function leftToUnicast(deviceId: string, { sessions, phase }: ExplainedTask): string | undefined {
  if (phase !== 'finishing') return phase === 'multicasting' ? 'It has not joined the multicast.' : undefined;
  const session = sessions.at(-1);
  const left = session?.handedOver.find((one) => one.deviceId === deviceId);
  if (left?.reason === 'loss') {
    const group = left.groupLossRatio === null ? '' : `, the others at most ${formatRatio(left.groupLossRatio)}`;
    return `The multicast left it out: it loses ${formatRatio(left.lossRatio)} of the packets${group}.`;
  }
  if (left !== undefined) return LEFT[left.reason];
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

const LEFT = {
  demand: 'The multicast left it out: it asked for more repair than it can have lacked.',
  poisoned: 'The multicast left it out: somebody sent it wrong content in the session.',
  last: 'It still asked for repair when everybody else had been served.',
  unreached: 'Multicast does not reach it: the last probe and the session say so. Its network blocks it.',
} as const;

const ADVICE: Readonly<Record<string, string>> = {
  no_space: 'Nothing by itself: make room on the device, then retry.',
  not_allowed: "Nothing by itself: the device's own configuration must allow the target, then retry.",
  wrong_platform: 'Nothing: this package is not for this device.',
};
