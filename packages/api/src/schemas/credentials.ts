/** Operators and join tokens. A token's secret is shown once, when it is made. */
import { Type, type Static } from 'typebox';
import { SCOPE_LENGTH_MAX } from '../limits.ts';
import { Id, Labels, Name, nullable, oneOf, Timestamp } from './scalars.ts';

/** In ascending order of what they may do. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const Operator = Type.Object({
  id: Id,
  name: Name,
  role: oneOf(ROLES),
  /** Selector of the devices that are the operator's business, by their labels and names; null: all of them. */
  scope: nullable(Type.String()),
  createdAt: Timestamp,
  expiresAt: nullable(Timestamp),
  /** When the token was last used, to the minute, and from which address. */
  lastUsedAt: nullable(Timestamp),
  lastUsedFrom: nullable(Type.String()),
  /** Whom an identity provider sends, by its issuer and its subject there; null: whoever has the token. */
  subject: nullable(Type.String()),
});
export type Operator = Static<typeof Operator>;

export const CreateOperatorRequest = Type.Object({
  name: Name,
  role: oneOf(ROLES),
  scope: Type.Optional(Type.String({ minLength: 1, maxLength: SCOPE_LENGTH_MAX })),
  ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 * 366 * 86_400 })),
});
export type CreateOperatorRequest = Static<typeof CreateOperatorRequest>;

export const JoinToken = Type.Object({
  id: Id,
  createdAt: Timestamp,
  expiresAt: Timestamp,
  usesLeft: Type.Integer({ minimum: 0 }),
  labels: Labels,
  /** The device whose place the next one to join takes. */
  replaces: nullable(Name),
  /** Devices that join with it wait for an operator's approval. */
  needsApproval: Type.Boolean(),
  isRevoked: Type.Boolean(),
});
export type JoinToken = Static<typeof JoinToken>;

export const CreateJoinTokenRequest = Type.Object({
  ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 * 86_400 })),
  uses: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  labels: Type.Optional(Labels),
  replaces: Type.Optional(Name),
  needsApproval: Type.Optional(Type.Boolean()),
});
export type CreateJoinTokenRequest = Static<typeof CreateJoinTokenRequest>;
