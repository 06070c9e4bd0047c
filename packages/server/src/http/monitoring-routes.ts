/**
 * What monitoring asks: whether the server lives, whether it can work, and its metrics. No operations of the API: their
 * paths and forms are those that other programs expect.
 *
 * The metrics tell how many devices there are and how their tasks go, so they want a token of a viewer without a scope; the other two
 * are open, because what asks them (a load balancer, a supervisor) has none.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServerContext } from '../context.ts';
import type { OperatorRecord } from '../core/records.ts';
import { outside } from '../core/require-within.ts';

export function registerMonitoring(
  app: FastifyInstance,
  { scrape, readiness }: Pick<ServerContext, 'scrape' | 'readiness'>,
  identifyViewer: (request: FastifyRequest) => Promise<Pick<OperatorRecord, 'scope'> | undefined>,
): void {
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const checks = await readiness.check();
    const isReady = checks.every(({ ok }) => ok);
    if (!isReady) void reply.code(503).header('retry-after', 5);
    return { status: isReady ? 'ready' : 'not ready', checks };
  });
  app.get(
    '/metrics',
    {
      onRequest: async (request) => {
        const operator = await identifyViewer(request);
        if (operator !== undefined && operator.scope !== null) throw outside(operator, 'what the metrics count');
      },
    },
    async (_request, reply) => {
      void reply.type(scrape.contentType);
      return reply.send(await scrape.text());
    },
  );
}
