/**
 * What belongs to one going to the identity provider and coming back, kept in that browser alone: nobody fills the server's
 * memory by going there and never coming back, and a restart in between does no harm. `Lax`, for it comes back from
 * another site.
 */
import type { Flow } from './identity-provider.ts';

const NAME = '__Host-rollcall-oidc';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

export function writeFlowCookie({ state, nonce, verifier }: Flow): string {
  return `${NAME}=${[state, nonce, verifier].join('.')}; ${ATTRIBUTES}; Max-Age=${FLOW_SECONDS}`;
}

export function readFlowCookie(header: string | undefined): Flow | undefined {
  for (const pair of header?.split(';') ?? []) {
    const match = /^__Host-rollcall-oidc=([\w-]{43})\.([\w-]{43})\.([\w-]{43})$/.exec(pair.trim());
    if (match !== null) return { state: match[1]!, nonce: match[2]!, verifier: match[3]! };
  }
  return undefined;
}

export const CLEARED_FLOW_COOKIE = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`;

/** Long enough to look for a second factor. */
const FLOW_SECONDS = 10 * 60;
