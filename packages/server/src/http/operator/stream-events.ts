import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Places } from '../../core/places.ts';
import { Problem } from '../../core/problem.ts';
import { scopeOf } from '../../core/scope.ts';
import { OPERATOR_STREAMS_MAX, OPERATOR_STREAMS_PER_OPERATOR_MAX } from '../../limits.ts';
import { OperatorStream } from '../../live/operator-stream.ts';
import { ServerSentEvents } from '../../live/server-sent-events.ts';
import type { OperatorHandler } from '../handler.ts';

export function streamEvents({
  store,
  hub,
  operatorStreams,
  signIns,
  now,
  log,
}: Pick<ServerContext, 'store' | 'hub' | 'operatorStreams' | 'signIns' | 'now' | 'log'>): OperatorHandler<
  typeof operations.streamEvents
> {
  const places = new Places(OPERATOR_STREAMS_PER_OPERATOR_MAX);
  return async ({ query, request, reply }, operator) => {
    if (hub.listenerCount >= OPERATOR_STREAMS_MAX) {
      throw new Problem('unavailable', 'too many event streams are open', { retryAfterSeconds: 10 });
    }
    const lastEventId = request.headers['last-event-id'];
    const resumed = typeof lastEventId === 'string' && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined;
    const after = resumed ?? query.after;
    if (!places.take(operator.id)) {
      throw new Problem('too_many_requests', 'you have too many event streams open', { retryAfterSeconds: 10 });
    }
    reply.raw.once('close', () => places.giveBack(operator.id));
    reply.hijack();
    const stream = new ServerSentEvents(reply.raw);
    operatorStreams.add(operator.id, stream);
    const signIn = signIns.of(request);
    if (signIn !== undefined) operatorStreams.add(signIn.id, stream);
    const endWithSignIn = async () => {
      if (signIn !== undefined && !(await signIns.keep(signIn, request.ip))) await stream.close();
    };
    const beat = setInterval(() => {
      if (operator.expiresAt !== null && operator.expiresAt <= now()) void stream.close();
      else stream.beat();
      // A store that cannot be read is no reason to send anybody away.
      endWithSignIn().catch(() => undefined);
    }, BEAT_MS);
    stream.onClose(() => clearInterval(beat));
    // Closed, it is taken up again by its reader where it was.
    const onError = (error: unknown) => {
      log.error({ err: error }, 'an event stream broke');
      void stream.close();
    };
    const options = { after, taskId: query.taskId, scope: scopeOf(operator), onError };
    new OperatorStream(store.reader, stream, options).run(hub).catch(onError);
    return reply;
  };
}

/** Below what proxies cut off as idle. */
const BEAT_MS = 15_000;
