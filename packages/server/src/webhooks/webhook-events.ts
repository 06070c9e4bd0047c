/** What webhooks call an event, and the message that they are told of it. */
import type { RollcallEvent, WebhookEvent, WebhookPayload } from '@rollcall/api';
import type { WebhookMessageRecord } from '../core/records.ts';

export interface NewMessage {
  readonly id: string;
  readonly webhookId: string;
  readonly at: number;
}

export function typeOf(event: RollcallEvent): WebhookEvent & WebhookPayload['type'] {
  switch (event.type) {
    case 'task':
      if (event.isNew === true) return 'task.created';
      if (event.state === 'completed') return 'task.completed';
      // A cancelled task goes on until nothing runs any more.
      return event.state === 'cancelled' && event.phase === 'ended' ? 'task.cancelled' : 'task.changed';
    case 'delivery':
      return `delivery.${event.delivery.state}`;
    case 'session':
      return `session.${event.session.state}`;
    case 'device':
      if (event.isNew !== true) return 'device.changed';
      return event.device.pending ? 'device.pending' : 'device.joined';
  }
}

/** `task` stands for all that begins with it. */
export function isWanted(wanted: readonly WebhookEvent[], type: WebhookEvent): boolean {
  return wanted.some((one) => type === one || type.startsWith(`${one}.`));
}

export function messageOf(made: NewMessage, event: RollcallEvent): WebhookMessageRecord {
  return messageWith(made, typeOf(event), event.at, event);
}

export function testMessage(made: NewMessage): WebhookMessageRecord {
  return messageWith(made, 'webhook.test', made.at, {});
}

/** Events that were forgotten before this webhook could be told: its receiver takes anew what it shows. */
export function missedMessage(made: NewMessage, from: number, to: number): WebhookMessageRecord {
  return messageWith(made, 'webhook.missed', made.at, { from, to });
}

/** Standard Webhooks, "Payload structure". */
function messageWith(
  { id, webhookId, at }: NewMessage,
  type: WebhookPayload['type'],
  happenedAt: number,
  data: WebhookPayload['data'],
) {
  return {
    id,
    webhookId,
    type,
    body: JSON.stringify({ type, timestamp: new Date(happenedAt).toISOString(), data }),
    state: 'waiting',
    createdAt: at,
    attemptCount: 0,
    attemptedAt: null,
    nextAttemptAt: at,
    status: null,
    durationMs: null,
    answer: null,
    error: null,
  } as const;
}
