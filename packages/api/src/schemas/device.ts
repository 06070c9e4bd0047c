/** A device as operators see it, and the facts that it reports of itself. */
import { Type, type Static } from 'typebox';
import { ByteCount, Id, Labels, Name, nullable, Timestamp } from './scalars.ts';

const Fact = Type.String({ maxLength: 256 });

/** Reported at check-in; selectors can use them. */
export const Facts = Type.Object({
  os: Fact,
  arch: Fact,
  platform: Fact,
  distribution: Fact,
  agentVersion: Fact,
  hostname: Fact,
  timeZone: Fact,
  macs: Type.Array(Fact, { maxItems: 64 }),
  freeBytes: ByteCount,
});
export type Facts = Static<typeof Facts>;

export const Device = Type.Object({
  id: Id,
  name: Name,
  siteId: Id,
  labels: Labels,
  facts: Type.Partial(Facts),
  online: Type.Boolean(),
  /** It has joined and waits for an operator's approval: no tasks until then. */
  pending: Type.Boolean(),
  lastSeenAt: nullable(Timestamp),
  enrolledAt: Timestamp,
  /** What an operator should look at, such as a second connection with this identity. */
  warning: nullable(Type.String()),
});
export type Device = Static<typeof Device>;
