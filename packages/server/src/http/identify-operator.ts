/** Who asks at the operators' door: by an operator's token, or by the cookie of a browser that is signed in. */
import { ROLES, type Operation } from '@rollcall/api';
import type { FastifyRequest } from 'fastify';
import type { ServerContext } from '../context.ts';
import { Problem } from '../core/problem.ts';
import type { OperatorRecord } from '../core/records.ts';
import { readCookie } from '../sign-in/cookie.ts';
import { operatorOfToken } from '../sign-in/operator-of-token.ts';
import { tooManyRequests } from './door.ts';
import type { OperatorUses } from './operator-uses.ts';
import type { Refusals } from './refusals.ts';

export interface IdentifyPorts extends Pick<ServerContext, 'store' | 'now' | 'signIns'> {
  readonly refusals: Refusals;
  readonly uses: OperatorUses;
}

/** Undefined: the operation is open to everybody. Throws `unauthenticated`, `not_allowed`, `cross_site`. */
export async function identifyOperator(
  ports: IdentifyPorts,
  request: FastifyRequest,
  { door, role = 'viewer' }: Pick<Operation, 'door' | 'role'>,
): Promise<OperatorRecord | undefined> {
  const { refusals, uses } = ports;
  if (door === 'open') {
    refuseGuessers(refusals, request);
    return undefined;
  }
  if (!hasCredential(request)) {
    throw new Problem('unauthenticated', 'sign in, or send an operator token: Authorization: Bearer …');
  }
  const operator = await operatorOf(ports, request).catch((error: unknown) => {
    // Only now: behind one address may be operators whose tokens are good.
    refuseGuessers(refusals, request);
    throw error;
  });
  uses.note(operator.id, request.ip);
  if (ROLES.indexOf(operator.role) < ROLES.indexOf(role)) {
    throw new Problem('not_allowed', `${operator.name} is ${operator.role}; this needs the role ${role}`);
  }
  return operator;
}

/** Whether there is anything that somebody may have guessed. */
export function hasCredential({ headers }: FastifyRequest): boolean {
  return headers.authorization !== undefined || readCookie(headers.cookie) !== undefined;
}

async function operatorOf({ store, now, signIns }: IdentifyPorts, request: FastifyRequest): Promise<OperatorRecord> {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return operatorOfToken(store.reader, bearer, now());
  const operator = await signIns.identify(request);
  if (operator === undefined) throw new Problem('unauthenticated', 'only "Bearer" is known: Authorization: Bearer …');
  return operator;
}

/** Throws `too_many_requests`. */
export function refuseGuessers(refusals: Refusals, { ip }: FastifyRequest): void {
  const waitSeconds = refusals.waitSeconds(ip);
  if (waitSeconds !== undefined) throw tooManyRequests(waitSeconds);
}
