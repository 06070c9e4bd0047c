/** The operator that a token belongs to, while it is good. */
import { parseToken } from '@rollcall/api';
import { isSecret } from '../certificates/tokens.ts';
import type { StoreReader } from '../core/ports.ts';
import { Problem } from '../core/problem.ts';
import type { OperatorRecord } from '../core/records.ts';

/** Throws `unauthenticated`. */
export async function operatorOfToken(reader: StoreReader, text: string, now: number): Promise<OperatorRecord> {
  const token = parseToken(text, 'operator');
  if (!token.ok) throw new Problem('unauthenticated', token.reason);
  const operator = await reader.operatorById(token.value.id);
  if (!isSecret(token.value.secret, operator?.secretHash) || operator === undefined) {
    throw new Problem('unauthenticated', 'the token is not known here, or its operator was removed');
  }
  requireUnexpired(operator, now);
  return operator;
}

/** Also for whoever signed in while the token was good. */
export function requireUnexpired({ expiresAt }: Pick<OperatorRecord, 'expiresAt'>, now: number): void {
  if (expiresAt === null || expiresAt > now) return;
  const detail = `the token expired at ${new Date(expiresAt).toISOString()}: ask an admin for another one`;
  throw new Problem('unauthenticated', detail);
}
