/** Operators and join tokens. A token's secret is shown once, when it is made. */
import { Type, type Static } from 'typebox';
import { Id, Labels, Name, nullable, oneOf, Timestamp } from './scalars.ts';

/** In ascending order of what they may do. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const Operator = Type.Object({ id: Id, name: Name, role: oneOf(ROLES), createdAt: Timestamp });
export type Operator = Static<typeof Operator>;

export const JoinToken = Type.Object({
  id: Id,
  createdAt: Timestamp,
  expiresAt: Timestamp,
  usesLeft: Type.Integer({ minimum: 0 }),
  labels: Labels,
  /** The device whose place the next one to join takes. */
  replaces: nullable(Name),
  isRevoked: Type.Boolean(),
});
export type JoinToken = Static<typeof JoinToken>;

export const CreateJoinTokenRequest = Type.Object({
  ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 * 86_400 })),
  uses: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  labels: Type.Optional(Labels),
  replaces: Type.Optional(Name),
});
export type CreateJoinTokenRequest = Static<typeof CreateJoinTokenRequest>;
