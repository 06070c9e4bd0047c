import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { answerCompletion } from '../../task-handler/answer-completion.ts';
import type { DeviceHandler } from '../handler.ts';

export function requestCompletion({
  store,
  desk,
  conductor,
  deviceStreams,
  now,
}: Pick<ServerContext, 'store' | 'desk' | 'conductor' | 'deviceStreams' | 'now'>): DeviceHandler<
  typeof operations.requestCompletion
> {
  const ports = { store, desk, conductor, now, isCallable: (deviceId: string) => deviceStreams.has(deviceId) };
  return async ({ body, reply }, device) => {
    const abandoned = new AbortController();
    reply.raw.once('close', () => abandoned.abort());
    const answer = await answerCompletion(ports, device, body, abandoned.signal);
    if (answer.retryAfterSeconds !== undefined) void reply.header('retry-after', answer.retryAfterSeconds);
    return answer;
  };
}
