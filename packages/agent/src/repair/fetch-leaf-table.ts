import { leafEntryBytes, operations } from '@rollcall/api';
import type { StoredContent } from '../journal/stored-content.ts';
import { FETCH_SILENCE_MILLISECONDS_MAX } from '../limits.ts';
import type { DeviceConnection } from '../link/device-connection.ts';

/** Asks the server for the leaf table of a content; only one with the right root is taken. */
export async function fetchLeafTable(
  connection: DeviceConnection,
  content: StoredContent,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (content.leafTable !== undefined) return content.leafTable;
  const { id, leafCount, encoding } = content.description;
  const sizeMax = leafCount * leafEntryBytes(encoding);
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (leafCount > 0) {
    const silence = new AbortController();
    const fail = (): void => silence.abort(new Error('the server fell silent in the middle of a leaf table'));
    let watch = setTimeout(fail, FETCH_SILENCE_MILLISECONDS_MAX);
    try {
      const { body } = await connection.stream(operations.getLeafTable, {
        params: { contentId: id },
        signal: AbortSignal.any([signal, silence.signal]),
      });
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        clearTimeout(watch);
        watch = setTimeout(fail, FETCH_SILENCE_MILLISECONDS_MAX);
        size += chunk.length;
        if (size > sizeMax) break;
        chunks.push(chunk);
      }
    } finally {
      clearTimeout(watch);
    }
  }
  const table = Buffer.concat(chunks);
  if (!content.takeLeafTable(table)) throw new Error('the leaf table that the server sent is not that of the content');
  return table;
}
