import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { OPERATOR_STREAMS_MAX } from '../../limits.ts';
import { OperatorStream } from '../../live/operator-stream.ts';
import { ServerSentEvents } from '../../live/server-sent-events.ts';
import type { OperatorHandler } from '../handler.ts';

export function streamEvents({
  store,
  hub,
  log,
}: Pick<ServerContext, 'store' | 'hub' | 'log'>): OperatorHandler<typeof operations.streamEvents> {
  return async ({ query, request, reply }) => {
    if (hub.listenerCount >= OPERATOR_STREAMS_MAX) {
      throw new Problem('unavailable', 'too many event streams are open', { retryAfterSeconds: 10 });
    }
    const lastEventId = request.headers['last-event-id'];
    const resumed = typeof lastEventId === 'string' && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined;
    const after = resumed ?? query.after ?? (await store.reader.lastEventSequence());
    reply.hijack();
    const stream = new ServerSentEvents(reply.raw);
    const beat = setInterval(() => stream.beat(), BEAT_MS);
    stream.onClose(() => clearInterval(beat));
    new OperatorStream(store.reader, stream, { after, taskId: query.taskId }).run(hub).catch((error: unknown) => {
      log.error({ err: error }, 'an event stream broke');
      stream.close();
    });
    return reply;
  };
}

/** Below what proxies cut off as idle. */
const BEAT_MS = 15_000;
