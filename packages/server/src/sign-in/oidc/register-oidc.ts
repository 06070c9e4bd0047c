/**
 * Where a browser goes to sign in by the identity provider, and where it comes back to. These are places that browsers go to,
 * and no operations: who is turned away and wants a page gets one, everybody else gets problem details.
 */
import { PROBLEMS } from '@rollcall/api';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { admitPerson } from './admit-person.ts';
import { CLEARED_FLOW_COOKIE, readFlowCookie, writeFlowCookie } from './flow-cookie.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { REFUSAL_PAGE_HEADERS, refusalPage } from './refusal-page.ts';

export const OIDC_START_PATH = '/v1/oidc/start';
export const OIDC_RETURN_PATH = '/v1/oidc/return';

type OidcPorts = Pick<ServerContext, 'store' | 'audit' | 'signIns' | 'operatorStreams' | 'now' | 'log'>;

export function registerOidc(
  app: FastifyInstance,
  ports: OidcPorts,
  provider: IdentityProvider,
  refuseGuessers: (request: FastifyRequest) => void,
): void {
  const place = (path: string, visit: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) =>
    app.get(
      path,
      {
        schema: NAMED,
        onRequest: async (request) => refuseGuessers(request),
      },
      (request, reply) => visit(request, reply).catch((error: unknown) => turnAway(ports, error, request, reply)),
    );
  place(OIDC_START_PATH, async (_request, reply) => {
    const { url, flow } = await provider.begin();
    return go(reply.header('set-cookie', writeFlowCookie(flow)), url.href);
  });
  place(OIDC_RETURN_PATH, async (request, reply) => {
    void reply.header('set-cookie', CLEARED_FLOW_COOKIE);
    const cookie = await comeBack(ports, provider, request);
    return go(reply.header('set-cookie', cookie), '/');
  });
}

/** Gives the cookie of the sign-in. */
async function comeBack(
  { store, signIns, operatorStreams, now }: OidcPorts,
  provider: IdentityProvider,
  request: FastifyRequest,
): Promise<string> {
  const flow = readFlowCookie(request.headers.cookie);
  if (flow === undefined) {
    throw new Problem(
      'provider_refused',
      'this browser has not begun to sign in, or took more than 10 minutes: begin again',
    );
  }
  const person = await provider.finish(request.url.split('?')[1] ?? '', flow);
  const { config } = provider;
  const admitted = await store.transact(async (transactor) => {
    const admission = await admitPerson(transactor, person, { config, now: now() });
    if ('refused' in admission) return admission;
    return signIns.begin(transactor, { operator: admission.operator, method: 'oidc', request });
  });
  if ('cookie' in admitted) return admitted.cookie;
  if (admitted.removedId !== undefined) operatorStreams.dismiss(admitted.removedId);
  throw admitted.refused;
}

function go(reply: FastifyReply, url: string): FastifyReply {
  return reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').redirect(url, 303);
}

function turnAway(
  { audit, log }: OidcPorts,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  // Programs, and what is no problem of the visitor's: as everywhere.
  if (!(error instanceof Problem) || request.headers.accept?.includes('text/html') !== true) throw error;
  log.warn(
    { id: request.id, code: error.code, reason: error.message },
    'somebody could not sign in by the identity provider',
  );
  audit.noteRefusal('oidcSignIn', request.ip, error);
  const { status } = PROBLEMS[error.code];
  return reply.code(status).headers(REFUSAL_PAGE_HEADERS).type('text/html; charset=utf-8').send(refusalPage(error));
}

/** For the audit log. */
const NAMED: FastifySchema & { readonly operationId: string } = { operationId: 'oidcSignIn' };
