/**
 * Webhooks: the server tells another one what happens. What receivers see is Standard Webhooks 1.0.0
 * (https://github.com/standard-webhooks/standard-webhooks), so that they can verify it with any library for that.
 */
import { Type, type Static, type TSchema } from 'typebox';
import {
  MESSAGE_LENGTH_MAX,
  WEBHOOK_ANSWER_LENGTH_MAX,
  WEBHOOK_DESCRIPTION_LENGTH_MAX,
  WEBHOOK_URL_LENGTH_MAX,
} from '../limits.ts';
import { DELIVERY_STATES } from '../states/delivery.ts';
import { DeliveryEvent, DeviceEvent, SessionEvent, TaskEvent } from './event.ts';
import { Id, nullable, oneOf, Timestamp } from './scalars.ts';

const OF_TASK = [
  'task.created',
  /** Its phase, or that it is paused or runs (again). */
  'task.changed',
  'task.completed',
  'task.cancelled',
] as const;
const OF_DELIVERY = DELIVERY_STATES.map((state) => `delivery.${state}` as const);
const OF_SESSION = ['session.announcing', 'session.sending', 'session.ended', 'session.failed'] as const;
const OF_DEVICE = [
  'device.joined',
  /** It has joined, and waits for approval. */
  'device.pending',
  /** Its name, labels, facts or presence. */
  'device.changed',
] as const;

/** What a webhook may be told: a kind of event, for all that begins with it, or one type of it. */
export const WEBHOOK_EVENTS = [
  'task',
  ...OF_TASK,
  'delivery',
  ...OF_DELIVERY,
  'session',
  ...OF_SESSION,
  'device',
  ...OF_DEVICE,
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export const WebhookUrl = Type.String({
  minLength: 8,
  maxLength: WEBHOOK_URL_LENGTH_MAX,
  pattern: '^https?://[^\\s]+$',
});

export const WebhookEvents = Type.Array(oneOf(WEBHOOK_EVENTS), { minItems: 1, maxItems: WEBHOOK_EVENTS.length });

export const WebhookDescription = Type.String({ maxLength: WEBHOOK_DESCRIPTION_LENGTH_MAX });

export const Webhook = Type.Object({
  id: Id,
  url: WebhookUrl,
  events: WebhookEvents,
  /** What it is for; may be empty. */
  description: WebhookDescription,
  createdAt: Timestamp,
  createdBy: Type.String(),
  /** Nothing is sent while it is not; what happens meanwhile is sent when it is again. */
  enabled: Type.Boolean(),
  /** Why it is not. */
  disabledReason: nullable(Type.String()),
  /** Messages that are still to be taken. */
  waitingCount: Type.Integer({ minimum: 0 }),
  lastSuccessAt: nullable(Timestamp),
  /** Since when no attempt has succeeded; null: the last one did, or there was none. Of one that is not enabled: as it was then. */
  failingSince: nullable(Timestamp),
  /** What was wrong with the last attempt, if it failed. */
  lastError: nullable(Type.String()),
  /** Until then messages are signed with the secret before the present one as well. */
  oldSecretUntil: nullable(Timestamp),
});
export type Webhook = Static<typeof Webhook>;

/** With the secret of its signatures, which is shown this once. */
export const WebhookWithSecret = Type.Object({ webhook: Webhook, secret: Type.String() });

/** `waiting`: to be sent, maybe again; `delivered`: taken; `failed`: given up. */
export const WEBHOOK_MESSAGE_STATES = ['waiting', 'delivered', 'failed'] as const;

/** What one webhook is told of one event, and how its last attempt went. */
export const WebhookMessage = Type.Object({
  /** The header `webhook-id`, the same at each attempt. */
  id: Id,
  type: Type.String(),
  state: oneOf(WEBHOOK_MESSAGE_STATES),
  createdAt: Timestamp,
  attemptCount: Type.Integer({ minimum: 0 }),
  attemptedAt: nullable(Timestamp),
  /** When it is sent again, at the earliest. */
  nextAttemptAt: nullable(Timestamp),
  /** HTTP status of the answer; null: there was none. */
  status: nullable(Type.Integer()),
  durationMs: nullable(Type.Integer({ minimum: 0 })),
  /** The beginning of what was answered. */
  answer: nullable(Type.String({ maxLength: WEBHOOK_ANSWER_LENGTH_MAX })),
  /** Why the last attempt failed. */
  error: nullable(Type.String({ maxLength: MESSAGE_LENGTH_MAX })),
});
export type WebhookMessage = Static<typeof WebhookMessage>;

/** Standard Webhooks, "Payload structure". */
function payload<const Types extends readonly string[], Data extends TSchema>(types: Types, data: Data) {
  /** When it happened, in ISO 8601. */
  const timestamp = Type.String({ format: 'date-time' });
  return Type.Object({ type: oneOf(types), timestamp, data });
}

/** The body of what is sent, by what it tells of. */
export const WEBHOOK_PAYLOADS = {
  task: payload(OF_TASK, TaskEvent),
  delivery: payload(OF_DELIVERY, DeliveryEvent),
  session: payload(OF_SESSION, SessionEvent),
  device: payload(OF_DEVICE, DeviceEvent),
  /** Somebody has asked for it. */
  test: payload(['webhook.test'], Type.Object({})),
  /** Events that were forgotten before this webhook could be told of them, by their sequences. */
  missed: payload(
    ['webhook.missed'],
    Type.Object({ from: Type.Integer({ minimum: 1 }), to: Type.Integer({ minimum: 1 }) }),
  ),
};
export type WebhookPayload = Static<(typeof WEBHOOK_PAYLOADS)[keyof typeof WEBHOOK_PAYLOADS]>;
