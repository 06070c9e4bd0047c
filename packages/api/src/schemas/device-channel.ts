/** What goes over the device's own channel besides completion and reports: check-in, heartbeats, wake-ups. */
import { Type, type Static } from 'typebox';
import { Facts } from './device.ts';
import { Envelope } from './envelope.ts';
import { ByteCount, Id, Name } from './scalars.ts';
import { Nonce } from './server-time.ts';

export const ProtocolRange = Type.Object({
  min: Type.Integer({ minimum: 1 }),
  max: Type.Integer({ minimum: 1 }),
});
export type ProtocolRange = Static<typeof ProtocolRange>;

/** Versions of the device protocol that this code speaks. */
export const PROTOCOL: ProtocolRange = { min: 1, max: 1 };

export const CheckInRequest = Type.Object({
  protocol: ProtocolRange,
  /** Made anew by each agent process: two live processes with one identity are told apart by it. */
  instance: Id,
  facts: Facts,
  /** What the device's own clock says, right or wrong: the server tells operators when it is wrong. */
  clock: Type.Integer(),
  /** Comes back in the answer's time. */
  nonce: Nonce,
});
export type CheckInRequest = Static<typeof CheckInRequest>;

export const CheckInAnswer = Type.Object({
  deviceId: Id,
  name: Name,
  protocol: Type.Integer({ minimum: 1 }),
  heartbeatSeconds: Type.Integer({ minimum: 1 }),
  silenceSeconds: Type.Integer({ minimum: 1 }),
  /** `DirectorKeys`, signed by the authority. */
  director: Envelope,
  /** `ServerTime`, signed by the director, with the nonce of the request. */
  time: Envelope,
});
export type CheckInAnswer = Static<typeof CheckInAnswer>;

/** Sent every `heartbeatSeconds`, with the progress of what is being received: never written to the database. */
export const Heartbeat = Type.Object({
  instance: Id,
  receptions: Type.Array(
    Type.Object({
      taskId: Id,
      attempt: Type.Integer({ minimum: 1 }),
      bytesHeld: ByteCount,
      bytesMulticast: ByteCount,
      bytesUnicast: ByteCount,
      lossRatio: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    }),
    { maxItems: 256 },
  ),
});
export type Heartbeat = Static<typeof Heartbeat>;

/**
 * Names of the events on the device's stream. `wake`: something changed for this device, ask (`requestCompletion`).
 * `beat`: the server is alive. `removed`: the device was removed. `refused`: another process with this identity is connected.
 * `probe`: listen and say what you hear; the only one with data, a `ProbeInstruction`.
 */
export const DEVICE_EVENTS = ['wake', 'beat', 'removed', 'refused', 'probe'] as const;
export type DeviceEventName = (typeof DEVICE_EVENTS)[number];

export const JoinRequest = Type.Object({
  token: Type.String({ maxLength: 512 }),
  name: Type.Optional(Name),
  labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** PKCS #10 (RFC 2986), PEM. Its signature proves the key. */
  certificateSigningRequest: Type.String({ maxLength: 16 * 1024 }),
  protocol: ProtocolRange,
  facts: Facts,
});
export type JoinRequest = Static<typeof JoinRequest>;

export const JoinAnswer = Type.Object({
  deviceId: Id,
  name: Name,
  /** The device is let in when an operator has approved it. */
  pending: Type.Boolean(),
  /** PEM: the device's certificate, and the authority that it and the server's are from. */
  certificate: Type.String(),
  certificateAuthority: Type.String(),
  /** Where the device connects from now on. */
  deviceUrl: Type.String(),
  /** Names under which the device's server proves itself, the first for TLS's server name. */
  serverName: Type.String(),
});
export type JoinAnswer = Static<typeof JoinAnswer>;

export const RenewRequest = Type.Object({
  /** PKCS #10 (RFC 2986), PEM, of the new key. */
  certificateSigningRequest: Type.String({ maxLength: 16 * 1024 }),
});
export type RenewRequest = Static<typeof RenewRequest>;

export const RenewAnswer = Type.Object({
  /** PEM. The certificate that asked stays good until this one is used for the first time. */
  certificate: Type.String(),
});
export type RenewAnswer = Static<typeof RenewAnswer>;

/**
 * How a client that has a token checks the server: the token carries the SHA-256 of the authority's public key; the
 * authority signs the fingerprints of the certificates that the operators' door shows. Good for own and for
 * foreign (`--tls-cert`) certificates alike.
 */
export const Trust = Type.Object({
  certificateAuthority: Type.String(),
  /** SHA-256 of the door's leaf certificates (DER), hex. */
  fingerprints: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  /** By the authority's key (ECDSA P-256, SHA-256, DER) over `trustText`, base64. */
  signature: Type.String(),
});
export type Trust = Static<typeof Trust>;

export function trustText(fingerprints: readonly string[]): string {
  return `rollcall-trust-1\n${fingerprints.join('\n')}\n`;
}
