/** Registers operations with fastify: the path, the schemas, who may call, and the handler. */
import { limits, operations, type Operation } from '@rollcall/api';
import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { Problem } from '../core/problem.ts';
import type { AuditCall } from '../audit/audit-log.ts';
import { OPEN_BODY_BYTES_MAX } from '../limits.ts';
import { answerCall, type CallPorts } from './answer-call.ts';
import type { Route } from './handler.ts';
import { hasCredential } from './identify-operator.ts';

/** Who asks; throws when nobody may who asks like this. */
export type Identify = (request: FastifyRequest, operation: Operation) => Promise<unknown>;

/** Whether the caller may do this to what the parameters name; throws when not. */
export type Permit = (caller: unknown, operation: Operation, params: unknown) => Promise<void>;

export function registerRoutes(
  app: FastifyInstance,
  routes: readonly Route[],
  identify: Identify,
  ports: CallPorts,
  permit: Permit = async () => undefined,
): void {
  app.addHook('onError', async (request, _reply, error) => {
    const { operationId } = (request.routeOptions.schema ?? {}) as { readonly operationId?: string };
    // There is no address any more once the connection was ended.
    const source = (request.ip as string | undefined) ?? 'unknown';
    // The console asks who looks at it before anybody has signed in: that is no attempt.
    if (operationId === operations.whoAmI.id && !hasCredential(request)) return;
    if (error instanceof Problem) ports.audit.noteRefusal(operationId ?? 'uploads', source, error);
  });
  for (const { operation, handle } of routes) {
    app.route({
      method: operation.method,
      url: operation.path,
      schema: schemaOf(operation),
      bodyLimit: operation.door === 'open' ? OPEN_BODY_BYTES_MAX : limits.REQUEST_BODY_BYTES_MAX,
      // Before anything of the body is read.
      onRequest: async (request) => {
        callers.set(request, await identify(request, operation));
      },
      handler: async (request, reply) => {
        const { params, query, body } = request;
        const caller = callers.get(request) as AuditCall['caller'];
        await permit(caller, operation, params);
        const answer = await answerCall(ports, operation, { request, reply }, caller, () =>
          handle({ params, query, body, request, reply } as never, caller as never),
        );
        if (reply.sent || answer === reply) return reply;
        void reply.code(operation.status ?? (operation.answer === undefined ? 204 : 200));
        return answer;
      },
    });
  }
}

/** Also what the API's description is made of. */
export function schemaOf(operation: Operation): FastifySchema & { operationId: string; summary: string } {
  const { params, query, body, answer } = operation;
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    response: {
      [operation.status ?? (answer === undefined ? 204 : 200)]: answer ?? Type.Null({ description: 'No content' }),
    },
  };
}

const callers = new WeakMap<FastifyRequest, unknown>();
