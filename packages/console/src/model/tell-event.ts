/** An event of the server in words. */
import type { RollcallEvent } from '@rollcall/api';
import { formatBytes } from '@rollcall/client/format';

export interface ToldEvent {
  readonly subject: { readonly kind: 'task' | 'device'; readonly id: string; readonly name: string };
  readonly words: string;
  readonly taskId?: string;
}

/** The newest first; what would say the same twice in a row is said once. */
export function tellEvents(events: readonly RollcallEvent[]): (ToldEvent & { readonly event: RollcallEvent })[] {
  const told = events.map((event) => ({ event, ...tellEvent(event) }));
  return told.filter((one, index) => {
    const later = told[index - 1];
    return later === undefined || later.words !== one.words || later.subject.id !== one.subject.id;
  });
}

function tellEvent(event: RollcallEvent): ToldEvent {
  switch (event.type) {
    case 'task':
      return { subject: { kind: 'task', id: event.taskId, name: 'A task' }, words: taskWords(event) };
    case 'delivery': {
      const { device, state, error } = event.delivery;
      const end = STATE_WORDS[state] ?? `is ${state}`;
      const words = error === null || state === 'succeeded' ? end : `${end}: ${error.message}`;
      return { subject: { kind: 'device', ...device }, words, taskId: event.taskId };
    }
    case 'session': {
      const { state, mode, bytesSent, error } = event.session;
      const words =
        state === 'sending'
          ? `is sent by ${mode}`
          : error !== null && state === 'failed'
            ? `could not be sent by ${mode}: ${error}`
            : bytesSent === 0
              ? `needed no ${mode}`
              : `was sent by ${mode}, ${formatBytes(bytesSent)} in all`;
      return { subject: { kind: 'task', id: event.taskId, name: 'A task' }, words };
    }
    case 'device': {
      const { id, name, online } = event.device;
      return { subject: { kind: 'device', id, name }, words: online ? 'came online' : 'went offline' };
    }
  }
}

function taskWords({ state, phase, outcome }: Extract<RollcallEvent, { type: 'task' }>): string {
  if (state === 'active') return PHASE_WORDS[phase];
  if (state === 'completed') {
    return outcome === 'all'
      ? 'was completed on all devices'
      : outcome === 'partial'
        ? 'ended, done on some devices'
        : 'ended, done on no device';
  }
  return state === 'draft' ? 'was drafted' : `was ${state}`;
}

const PHASE_WORDS = {
  announcing: 'was created and is announced',
  multicasting: 'is being multicast',
  finishing: 'is finished by unicast',
  ended: 'has ended',
} as const;

const STATE_WORDS: Readonly<Record<string, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  rejected: 'declined the task',
  timed_out: 'ran out of time',
  expired: 'was not reached before the task ended',
};
