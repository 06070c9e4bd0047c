import { Readable } from 'node:stream';
import { leafEntryBytes, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { DeviceHandler } from '../handler.ts';

/** Without a slot: it is small, and whoever repairs needs it before it can tell what is missing. */
export function getLeafTable({
  store,
  content,
}: Pick<ServerContext, 'store' | 'content'>): DeviceHandler<typeof operations.getLeafTable> {
  return async ({ params: { contentId }, reply }, device) => {
    const record = await store.reader.content(contentId);
    const open = await store.reader.openDeliveriesOfDevice(device.id);
    const tasks = await Promise.all(open.map(({ taskId }) => store.reader.task(taskId)));
    // Content goes to the devices of its tasks, and to nobody else.
    if (record === undefined || !tasks.some((task) => task?.contentId === contentId)) {
      throw new Problem('not_found', `no open task of this device carries content ${contentId}`);
    }
    void reply.headers({
      'content-type': 'application/octet-stream',
      'content-length': record.leafCount * leafEntryBytes(record.encoding),
    });
    return reply.send(Readable.from(content.readLeafTable(contentId), { objectMode: false }));
  };
}
