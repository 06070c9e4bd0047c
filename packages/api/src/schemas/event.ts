/** An entry of the events table: written in the transaction that changed the row, numbered without a gap in commit order. */
import { Type, type Static } from 'typebox';
import { Delivery, DeliveryCounts } from './delivery.ts';
import { Device } from './device.ts';
import { ByteCount, Id, nullable, oneOf, Timestamp } from './scalars.ts';
import { SessionSummary } from './task.ts';
import { TASK_OUTCOMES, TASK_PHASES, TASK_STATES } from '../states/task.ts';

/** What the receivers lately lost of the sender's datagrams, 0 to 1, as they told it; null: none has lately. */
const lossFields = {
  lossRatioMean: nullable(Type.Number({ minimum: 0, maximum: 1 })),
  lossRatioMax: nullable(Type.Number({ minimum: 0, maximum: 1 })),
};

const eventFields = { sequence: Type.Integer({ minimum: 1 }), at: Timestamp };

/** True in the first event of a task or a device: with it, it came to be. */
const isNew = Type.Optional(Type.Boolean());

export const TaskEvent = Type.Object({
  ...eventFields,
  type: Type.Literal('task'),
  taskId: Id,
  state: oneOf(TASK_STATES),
  phase: oneOf(TASK_PHASES),
  outcome: nullable(oneOf(TASK_OUTCOMES)),
  counts: DeliveryCounts,
  isNew,
});

export const DeliveryEvent = Type.Object({
  ...eventFields,
  type: Type.Literal('delivery'),
  taskId: Id,
  delivery: Delivery,
});

export const SessionEvent = Type.Object({
  ...eventFields,
  type: Type.Literal('session'),
  taskId: Id,
  session: SessionSummary,
});

export const DeviceEvent = Type.Object({ ...eventFields, type: Type.Literal('device'), device: Device, isNew });

export const RollcallEvent = Type.Union([TaskEvent, DeliveryEvent, SessionEvent, DeviceEvent]);
export type RollcallEvent = Static<typeof RollcallEvent>;

/**
 * What the stream says of itself, with the sequence behind which events follow. `open`: first on every connection.
 * `reset`: first instead, when what followed the given sequence is no longer kept, or is not of this server.
 */
export const StreamNote = Type.Object({
  type: Type.Enum(['open', 'reset']),
  sequence: Type.Integer({ minimum: 0 }),
});
export type StreamNote = Static<typeof StreamNote>;

/** Not in the table, not numbered: how far each reception is. Sent on the stream as event `progress`, at most once a second and task. */
export const ProgressEvent = Type.Object({
  type: Type.Literal('progress'),
  taskId: Id,
  at: Timestamp,
  session: nullable(
    Type.Object({
      bytesSent: Type.Integer(),
      repairBytes: Type.Integer(),
      rateBitsPerSecond: Type.Integer(),
      /** Content bytes sent for the first time, of how many. */
      contentBytes: Type.Integer(),
      contentSize: Type.Integer(),
      ...lossFields,
    }),
  ),
  devices: Type.Array(Type.Object({ id: Id, bytesHeld: Type.Integer(), size: Type.Integer() })),
});
export type ProgressEvent = Static<typeof ProgressEvent>;

/** How a session stood at one moment, for charts of it over time. */
export const ProgressSample = Type.Object({
  at: Timestamp,
  bytesSent: ByteCount,
  repairBytes: ByteCount,
  ...lossFields,
});
export type ProgressSample = Static<typeof ProgressSample>;
