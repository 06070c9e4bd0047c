/**
 * The cookie of a sign-in. `__Host-` binds it to this very host over TLS (RFC 6265bis §4.1.3.2), no script can read it, and no
 * request that another site causes carries it. What it does not know is a port: see `require-own-page.ts`.
 */
export const COOKIE_NAME = '__Host-rollcall';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

export interface CookieValue {
  readonly id: string;
  readonly secret: string;
}

/** From the header `Cookie`; undefined: there is none of ours. */
export function readCookie(header: string | undefined): CookieValue | undefined {
  for (const pair of header?.split(';') ?? []) {
    const match = /^__Host-rollcall=([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/.exec(pair.trim());
    if (match !== null) return { id: match[1]!, secret: match[2]! };
  }
  return undefined;
}

/** For the header `Set-Cookie`. */
export function writeCookie({ id, secret }: CookieValue, lifetimeMs: number): string {
  return `${COOKIE_NAME}=${id}.${secret}; ${ATTRIBUTES}; Max-Age=${Math.floor(lifetimeMs / 1000)}`;
}

export const CLEARED_COOKIE = `${COOKIE_NAME}=; ${ATTRIBUTES}; Max-Age=0`;
