import { areLeafRangesValid, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { bytesOfLeaves } from '../../core/ports.ts';
import { Problem } from '../../core/problem.ts';
import type { DeviceHandler } from '../handler.ts';
import { fetchableContent, streamRanges } from './fetchable-content.ts';

export function getLeaves(
  ports: Pick<ServerContext, 'store' | 'desk' | 'content' | 'unicastRate' | 'monotonicNow'>,
): DeviceHandler<typeof operations.getLeaves> {
  return async ({ params: { contentId }, body, reply }, device) => {
    const { content, taskId } = await fetchableContent(ports, device.id, contentId);
    if (!areLeafRangesValid(body.ranges, content.leafCount)) {
      throw new Problem(
        'range_not_satisfiable',
        `ranges of leaves are ascending, apart and within the content's ${content.leafCount} leaves`,
      );
    }
    const ranges = bytesOfLeaves(body.ranges, content);
    const length = ranges.reduce((sum, range) => sum + range.length, 0);
    void reply.headers({ 'content-type': 'application/octet-stream', 'content-length': length });
    return reply.send(streamRanges(ports, { deviceId: device.id, contentId, taskId }, ranges, reply.raw));
  };
}
