/**
 * Sign-ins: browsers in which an operator is signed in. The secret of one is in the browser's cookie and nowhere else; the
 * secret of a link is shown once, when the link is made, and is good for one sign-in.
 */
import { Type, type Static } from 'typebox';
import { Operator } from './credentials.ts';
import { Id, Name, nullable, oneOf, Timestamp } from './scalars.ts';

/** By what somebody signed in: a one-time link, an operator's token, or an identity provider (OpenID Connect). */
export const SIGN_IN_METHODS = ['link', 'token', 'oidc'] as const;
export type SignInMethod = (typeof SIGN_IN_METHODS)[number];

export const SignIn = Type.Object({
  id: Id,
  /** Name of the operator. */
  operator: Name,
  method: oneOf(SIGN_IN_METHODS),
  createdAt: Timestamp,
  /** To the minute. */
  lastUsedAt: Timestamp,
  /** Its end however it is used; one that nobody uses ends before. */
  expiresAt: Timestamp,
  /** The address that it was last used from. */
  from: Type.String(),
  /** What the browser said of itself when it signed in. */
  browser: nullable(Type.String()),
  /** Whether it is the one that asks. */
  current: Type.Boolean(),
});
export type SignIn = Static<typeof SignIn>;

/** The secret part of a link: what follows `#link=`. */
const LinkSecret = Type.String({ pattern: '^[A-Za-z0-9_-]{12}\\.[A-Za-z0-9_-]{43}$' });

export const SignInRequest = Type.Union([
  Type.Object({ link: LinkSecret }),
  Type.Object({ token: Type.String({ minLength: 1, maxLength: 1024 }) }),
]);
export type SignInRequest = Static<typeof SignInRequest>;

export const SignedIn = Type.Object({ operator: Operator, signIn: SignIn });
export type SignedIn = Static<typeof SignedIn>;

export const SignInLink = Type.Object({
  /** Whom it signs in. */
  operator: Name,
  /** To be opened in a browser. The secret is behind the `#`, which browsers send to nobody. */
  url: Type.String(),
  expiresAt: Timestamp,
});
export type SignInLink = Static<typeof SignInLink>;

/** What there is beside links and tokens. */
export const SignInWays = Type.Object({
  /** The identity provider: its name for people, and where a browser goes. Null: this server has none. */
  oidc: nullable(Type.Object({ name: Type.String(), path: Type.String() })),
});
export type SignInWays = Static<typeof SignInWays>;
