/** Times the requests of a door by their operation: never by their path, which has as many values as somebody likes. */
import { operations } from '@rollcall/api';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import { operationOf } from './operation-of.ts';

export function meterRequests(app: FastifyInstance, { requestSeconds }: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const operation = operationOf(request);
    // Open for as long as somebody watches: that is no latency.
    if (STREAMS.has(operation)) return;
    const status = `${Math.floor(reply.raw.statusCode / 100)}xx`;
    requestSeconds.observe({ operation, status }, reply.elapsedTime / 1000);
  });
}

const STREAMS: ReadonlySet<string> = new Set([operations.streamEvents.id, operations.streamDeviceEvents.id]);
