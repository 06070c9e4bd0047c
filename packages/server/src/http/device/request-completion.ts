import type { CompletionDecision, operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { answerCompletion } from '../../task-handler/answer-completion.ts';
import type { DeviceHandler } from '../handler.ts';

export function requestCompletion({
  store,
  desk,
  conductor,
  director,
  deviceStreams,
  now,
  log,
}: Pick<ServerContext, 'store' | 'desk' | 'conductor' | 'director' | 'deviceStreams' | 'now' | 'log'>): DeviceHandler<
  typeof operations.requestCompletion
> {
  const ports = {
    store,
    desk,
    conductor,
    director,
    now,
    isCallable: (deviceId: string) => deviceStreams.has(deviceId),
  };
  return async ({ body, reply }, device) => {
    const abandoned = new AbortController();
    reply.raw.once('close', () => abandoned.abort());
    const answer = await answerCompletion(ports, device, body, abandoned.signal);
    log.debug({ deviceId: device.id, held: body.held, decisions: answer.decisions.map(brief) }, 'completion answered');
    if (answer.retryAfterSeconds !== undefined) void reply.header('retry-after', answer.retryAfterSeconds);
    return answer;
  };
}

/** Without the manifests. */
function brief({ taskId, decision, ...rest }: CompletionDecision): object {
  return { taskId, decision, ...('reason' in rest ? { reason: rest.reason } : {}) };
}
