import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import type { ServerContext } from '../../context.ts';
import type { ContentRange } from '../../core/ports.ts';
import { Problem } from '../../core/problem.ts';
import type { ContentRecord } from '../../core/records.ts';
import { pacedStream } from '../../unicast/paced-stream.ts';

type Ports = Pick<ServerContext, 'store' | 'desk' | 'content' | 'unicastRate' | 'monotonicNow'>;

/** Content that this device holds a completion slot for. */
export async function fetchableContent(
  { store, desk }: Pick<Ports, 'store' | 'desk'>,
  deviceId: string,
  contentId: string,
): Promise<{ readonly content: ContentRecord; readonly taskId: string }> {
  const taskId = desk.taskOf(deviceId, contentId);
  if (taskId === undefined) {
    throw new Problem('slot_required', 'ask for completion first: this device holds no slot for this content', {
      retryAfterSeconds: 1,
    });
  }
  const content = await store.reader.content(contentId);
  if (content === undefined) throw new Problem('not_found', `there is no content ${contentId}`);
  return { content, taskId };
}

/** The ranges at the rate that all unicast shares. The device's slot is its own at least until the answer has ended. */
export function streamRanges(
  { desk, content, unicastRate, monotonicNow }: Ports,
  request: { readonly deviceId: string; readonly contentId: string; readonly taskId: string },
  ranges: readonly ContentRange[],
  answer: ServerResponse,
) {
  const { deviceId, contentId, taskId } = request;
  finished(answer, desk.beginFetch(taskId, deviceId));
  return pacedStream(content.read(contentId, ranges), unicastRate, monotonicNow, (bytes) =>
    desk.noteSent(taskId, deviceId, bytes),
  );
}
