/** What webhooks may be told, and how they stand, in words. */
import type { Webhook, WebhookEvent, WebhookMessage } from '@rollcall/api';
import { webhookState } from '@rollcall/client';
import { formatDuration } from './format.ts';

/** By kind, in the order of a form; whoever wants all of a kind takes all of its words. */
export const EVENT_GROUPS: readonly {
  readonly kind: 'task' | 'delivery' | 'session' | 'device';
  readonly title: string;
  readonly events: readonly (readonly [WebhookEvent, string])[];
}[] = [
  {
    kind: 'task',
    title: 'Tasks',
    events: [
      ['task.created', 'created'],
      ['task.completed', 'completed'],
      ['task.cancelled', 'cancelled'],
      ['task.changed', 'changed'],
    ],
  },
  {
    kind: 'device',
    title: 'Devices',
    events: [
      ['device.joined', 'joined'],
      ['device.pending', 'waits for approval'],
      ['device.changed', 'changed'],
    ],
  },
  {
    kind: 'delivery',
    title: 'Deliveries',
    events: [
      ['delivery.failed', 'failed'],
      ['delivery.rejected', 'rejected'],
      ['delivery.timed_out', 'timed out'],
      ['delivery.succeeded', 'succeeded'],
      ['delivery.expired', 'expired'],
      ['delivery.cancelled', 'cancelled'],
      ['delivery.removed', 'removed'],
      ['delivery.queued', 'queued'],
      ['delivery.receiving', 'receiving'],
      ['delivery.received', 'received'],
      ['delivery.executing', 'executing'],
    ],
  },
  {
    kind: 'session',
    title: 'Multicasts',
    events: [
      ['session.announcing', 'announced'],
      ['session.sending', 'begun'],
      ['session.ended', 'ended'],
      ['session.failed', 'failed'],
    ],
  },
];

/** What somebody mostly wants to hear. */
export const USUAL_EVENTS: readonly WebhookEvent[] = [
  'task.completed',
  'task.cancelled',
  'delivery.failed',
  'device.pending',
];

/** A kind is all of its events: the form shows each by itself. */
export function singleEvents(events: readonly WebhookEvent[]): ReadonlySet<WebhookEvent> {
  const singles = EVENT_GROUPS.flatMap((group) => group.events.map(([event]) => event));
  return new Set(singles.filter((event) => events.some((one) => event === one || event.startsWith(`${one}.`))));
}

/** The other way round: all events of a kind are the kind, so that it also means those that are yet to come. */
export function joinedEvents(events: ReadonlySet<WebhookEvent>): WebhookEvent[] {
  return EVENT_GROUPS.flatMap((group) => {
    const chosen = group.events.map(([event]) => event).filter((event) => events.has(event));
    return chosen.length === group.events.length ? [group.kind] : chosen;
  });
}

export type Standing = readonly [words: string, kind: 'good' | 'late' | 'bad' | 'gone' | 'work'];

const STATE_KINDS = { failing: 'late', paused: 'gone', disabled: 'bad' } as const;

export function standingOf(webhook: Webhook): Standing {
  const state = webhookState(webhook);
  if (state !== 'good') return [state, STATE_KINDS[state]];
  return webhook.lastSuccessAt === null ? ['ready', 'work'] : ['delivering', 'good'];
}

export function messageStanding({ state, attemptCount }: WebhookMessage): Standing {
  if (state === 'delivered') return ['delivered', 'good'];
  if (state === 'failed') return ['given up', 'bad'];
  return attemptCount === 0 ? ['waiting', 'work'] : ['trying again', 'late'];
}

/** How long an attempt took. */
export function formatTaken(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  return milliseconds < 1000 ? `${milliseconds} ms` : formatDuration(milliseconds);
}
