import { operations } from '@rollcall/api';
import { FETCH_SILENCE_MILLISECONDS_MAX, LEAF_PIECES_SIZE_BYTES_MAX } from '../limits.ts';
import type { DeviceConnection } from '../link/device-connection.ts';

/** Asks the server for the hashes of the pieces into which a session cuts a leaf. Rejects when it does not tell. */
export async function fetchLeafPieces(
  connection: DeviceConnection,
  subject: { readonly contentId: string; readonly sessionId: string; readonly leaf: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { contentId, sessionId, leaf } = subject;
  const { body } = await connection.stream(operations.getLeafPieces, {
    params: { contentId, leaf },
    query: { sessionId },
    signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_SILENCE_MILLISECONDS_MAX)]),
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > LEAF_PIECES_SIZE_BYTES_MAX) throw new Error('the server sent more hashes than a leaf can have pieces');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
