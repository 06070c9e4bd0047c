/** The audit log as operators read and export it: who did what to which devices. */
import { Type, type Static } from 'typebox';
import { Envelope } from './envelope.ts';
import { Id, nullable, oneOf, Sha256Hex, Timestamp } from './scalars.ts';

/** `unknown`: whoever was refused before it was clear who it is. */
const ACTOR_KINDS = ['operator', 'device', 'server', 'unknown'] as const;

/** Names are cut to a bounded length when they are written; what they say is not checked a second time here. */
const Text = Type.String({ maxLength: 512 });

const AuditSubject = Type.Object({ kind: Text, id: Text, name: nullable(Text) });
export type AuditSubject = Static<typeof AuditSubject>;

export const AuditEntry = Type.Object({
  /** 1, 2, 3, … without a gap. */
  sequence: Type.Integer({ minimum: 1 }),
  at: Timestamp,
  actor: Type.Object({ kind: oneOf(ACTOR_KINDS), id: nullable(Id), name: nullable(Text) }),
  /** The address that it came from; null: the server itself. */
  source: nullable(Text),
  /** Id of the operation, or the name of what the server did by itself. */
  operation: Text,
  outcome: Type.Enum(['done', 'refused']),
  /** What was changed; of many devices the first ones. */
  subjects: Type.Array(AuditSubject),
  /** Devices that it concerned, also those that are not among the subjects. */
  deviceCount: Type.Integer({ minimum: 0 }),
  details: Type.Record(Type.String(), Type.Union([Text, Type.Integer(), Type.Boolean()])),
  /** Hash of the entry before; of the first one 64 zeros. */
  previousHash: Sha256Hex,
  /** SHA-256 of this entry's canonical text without this field. */
  hash: Sha256Hex,
});
export type AuditEntry = Static<typeof AuditEntry>;

/** An entry's place and hash. Whoever keeps the last one elsewhere can tell later whether the log was cut or rewritten. */
export const AuditHead = Type.Object({ sequence: Type.Integer({ minimum: 0 }), hash: Sha256Hex });
export type AuditHead = Static<typeof AuditHead>;

export const AUDIT_CHECKPOINT_TYPE = 'application/vnd.rollcall.audit-checkpoint+json';

/** What the authority vouches for: that the log had this head at this time (as a signed tree head, RFC 9162 §4.10). */
export const AuditCheckpoint = Type.Object({
  sequence: Type.Integer({ minimum: 0 }),
  hash: Sha256Hex,
  at: Timestamp,
});
export type AuditCheckpoint = Static<typeof AuditCheckpoint>;

/** An `AuditCheckpoint` as it stands behind the entry that it is about, and can be kept and checked by itself. */
export const SignedCheckpoint = Type.Object({
  checkpoint: Envelope,
  /** The authority's: SubjectPublicKeyInfo, DER, base64. Its SHA-256 is the pin in every token. */
  publicKey: Type.String({ maxLength: 256 }),
});
export type SignedCheckpoint = Static<typeof SignedCheckpoint>;
