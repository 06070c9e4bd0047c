/** How this server sends, as it was started: `rollcall serve` is told, and there is nothing to change while it runs. */
import { Type, type Static } from 'typebox';
import { nullable, oneOf } from './scalars.ts';
import { TASK_MODES } from './session.ts';

/** `fixed`: at the rate that was set. `auto`: slower, where a receiver's path takes less. */
export const RATE_CONTROLS = ['fixed', 'auto'] as const;
export type RateControl = (typeof RATE_CONTROLS)[number];

export const SendingSettings = Type.Object({
  /** Of tasks that do not say it. */
  mode: oneOf(TASK_MODES),
  /** Empty: the one of the default route. */
  interfaces: Type.Array(Type.String()),
  /** Multicast group, and the first port of the sessions. */
  group: Type.String(),
  port: Type.Integer(),
  isSourceSpecific: Type.Boolean(),
  ttl: Type.Integer(),
  /** All multicast together. */
  multicastBitsPerSecond: Type.Integer(),
  rateControl: oneOf(RATE_CONTROLS),
  /** Devices that are completed by unicast at once. */
  unicastSlots: Type.Integer(),
  /** All unicast together; null: no limit. */
  unicastBitsPerSecond: nullable(Type.Integer()),
});
export type SendingSettings = Static<typeof SendingSettings>;
