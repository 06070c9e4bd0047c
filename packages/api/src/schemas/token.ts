/**
 * Tokens as people paste them: `rcj.<id>.<secret>.<pin>` lets a device join, `rco.<id>.<secret>.<pin>` lets an operator in.
 * The pin is the SHA-256 of the certificate authority's public key (SPKI), base64url: whoever has a token can check the server.
 */
import type { Parsed } from '../units/parse-result.ts';

export interface Token {
  readonly kind: 'join' | 'operator';
  readonly id: string;
  readonly secret: string;
  readonly pin: string;
}

const PREFIXES = { join: 'rcj', operator: 'rco' } as const;

export function formatToken(token: Token): string {
  return `${PREFIXES[token.kind]}.${token.id}.${token.secret}.${token.pin}`;
}

export function parseToken(text: string, kind: Token['kind']): Parsed<Token> {
  const match = /^(rc[jo])\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{16,128})\.([A-Za-z0-9_-]{43})$/.exec(text.trim());
  if (match === null)
    return { ok: false, reason: 'not a Rollcall token; copy it whole, it begins with "rc" and has four parts' };
  if (match[1] !== PREFIXES[kind]) {
    return { ok: false, reason: `this is not ${kind === 'join' ? 'a join' : 'an operator'} token` };
  }
  return { ok: true, value: { kind, id: match[2]!, secret: match[3]!, pin: match[4]! } };
}
