/** One row of the task status table, as operators see it. */
import { Type, type Static } from 'typebox';
import { DELIVERY_PATHS, DELIVERY_STATES, QUEUED_REASONS } from '../states/delivery.ts';
import { ByteCount, Id, Name, nullable, oneOf, Timestamp } from './scalars.ts';

export const DeliveryErrorSchema = Type.Object({
  code: Type.String({ minLength: 1, maxLength: 64, pattern: '^[a-z0-9_]+$' }),
  message: Type.String({ maxLength: 2048 }),
});

export const Delivery = Type.Object({
  device: Type.Object({ id: Id, name: Name }),
  state: oneOf(DELIVERY_STATES),
  reason: nullable(oneOf(QUEUED_REASONS)),
  path: nullable(oneOf(DELIVERY_PATHS)),
  attempt: Type.Integer({ minimum: 1 }),
  sequence: Type.Integer({ minimum: 0 }),
  bytesMulticast: ByteCount,
  bytesUnicast: ByteCount,
  /** Share of the session's packets that did not reach the device, 0 to 1. */
  lossRatio: nullable(Type.Number({ minimum: 0, maximum: 1 })),
  /** Version that the device reports after an install or update. */
  version: nullable(Type.String()),
  startedAt: nullable(Timestamp),
  finishedAt: nullable(Timestamp),
  error: nullable(DeliveryErrorSchema),
});
export type Delivery = Static<typeof Delivery>;

/** Number of deliveries in each state; they always add up to the number of targets. */
export const DeliveryCounts = Type.Object(
  Object.fromEntries(DELIVERY_STATES.map((state) => [state, Type.Integer({ minimum: 0 })])) as Record<
    (typeof DELIVERY_STATES)[number],
    Type.TInteger
  >,
);
export type DeliveryCounts = Static<typeof DeliveryCounts>;
