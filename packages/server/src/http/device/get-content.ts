import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { DeviceHandler } from '../handler.ts';
import { parseRange } from '../parse-range.ts';
import { fetchableContent, streamRanges } from './fetchable-content.ts';

export function getContent(
  ports: Pick<ServerContext, 'store' | 'desk' | 'content' | 'unicastRate' | 'monotonicNow'>,
): DeviceHandler<typeof operations.getContent> {
  return async ({ params: { contentId }, request, reply }, device) => {
    const { content, taskId } = await fetchableContent(ports, device.id, contentId);
    const range = parseRange(request.headers.range, content.size);
    void reply.headers({
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
      etag: `"${content.id}"`,
    });
    const whole = range ?? { offset: 0, length: content.size };
    if (range !== undefined) {
      const last = range.offset + range.length - 1;
      void reply.code(206).header('content-range', `bytes ${range.offset}-${last}/${content.size}`);
    }
    void reply.header('content-length', whole.length);
    return reply.send(streamRanges(ports, { deviceId: device.id, contentId, taskId }, [whole], reply.raw));
  };
}
