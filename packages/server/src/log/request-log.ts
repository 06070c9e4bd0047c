/** Gives each request of a door its scope in the log, and says how it was answered. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { operationOf } from '../http/operation-of.ts';
import { runInLogScope, type LogFields } from './log-scope.ts';

export function logRequests(app: FastifyInstance, log: Logger): void {
  // The last hook before the handler: what is read before it belongs to nobody yet.
  app.addHook('preHandler', (request, _reply, done) => runInLogScope(fieldsOf(request), done));
  app.addHook('onSend', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const facts = { status: reply.raw.statusCode, millis: Math.round(reply.elapsedTime), source: request.ip };
    log.debug({ ...fieldsOf(request), ...facts }, 'answered');
  });
}

function fieldsOf(request: FastifyRequest): LogFields {
  const { id } = (request.params ?? {}) as { readonly id?: string };
  const isOfTask = request.routeOptions.url?.startsWith('/v1/tasks/:id') === true && id !== undefined;
  return { requestId: request.id, operation: operationOf(request), ...(isOfTask ? { taskId: id } : {}) };
}
