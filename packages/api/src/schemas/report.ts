/** Reception report and outcome: how the device tells the server where a delivery stands (3GPP TS 26.346 §9.4). */
import { Type, type Static } from 'typebox';
import { REPORTS_PER_REQUEST_MAX } from '../limits.ts';
import { DeliveryErrorSchema } from './delivery.ts';
import { ByteCount, Id, oneOf } from './scalars.ts';

export const REPORTED_STATES = [
  'receiving',
  'received',
  'executing',
  'succeeded',
  'failed',
  'rejected',
  'timed_out',
  'cancelled',
] as const;

export const Report = Type.Object({
  taskId: Id,
  attempt: Type.Integer({ minimum: 1 }),
  /** Ascending within an attempt and persisted by the device before it is sent: an older report changes nothing. */
  sequence: Type.Integer({ minimum: 1 }),
  state: oneOf(REPORTED_STATES),
  /** The content was there before anything was sent. */
  isAlreadyPresent: Type.Optional(Type.Boolean()),
  bytesMulticast: ByteCount,
  bytesUnicast: ByteCount,
  lossRatio: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  version: Type.Optional(Type.String({ maxLength: 128 })),
  error: Type.Optional(DeliveryErrorSchema),
  exitCode: Type.Optional(Type.Integer()),
  /** The last 64 KiB of the action's output, base64. */
  output: Type.Optional(Type.String({ maxLength: 90_000 })),
});
export type Report = Static<typeof Report>;

export const ReportRequest = Type.Object({
  reports: Type.Array(Report, { minItems: 1, maxItems: REPORTS_PER_REQUEST_MAX }),
});
export type ReportRequest = Static<typeof ReportRequest>;

export const ReportAnswer = Type.Object({
  /** One per report, in order. `unknown`: no such delivery; `stale`: the row is newer, or ended. All are acknowledged. */
  results: Type.Array(Type.Enum(['accepted', 'stale', 'unknown'])),
});
export type ReportAnswer = Static<typeof ReportAnswer>;
