import { createHash } from 'node:crypto';
import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { bytesOfLeaves } from '../../core/ports.ts';
import { Problem } from '../../core/problem.ts';
import type { DeviceHandler } from '../handler.ts';

/**
 * Computed on demand: hardly anybody ever asks. Each listener of a session may ask a few times, so that neither a device nor
 * somebody who poisons what it hears makes the server hash without end; beyond, the device is left to unicast.
 */
export function getLeafPieces({
  store,
  content,
  conductor,
}: Pick<ServerContext, 'store' | 'content' | 'conductor'>): DeviceHandler<typeof operations.getLeafPieces> {
  return async ({ params: { contentId, leaf }, query: { sessionId }, reply }, device) => {
    const record = await store.reader.content(contentId);
    if (record === undefined) throw new Problem('not_found', `there is no content ${contentId}`);
    if (leaf >= record.leafCount) {
      throw new Problem('range_not_satisfiable', `content ${contentId} has ${record.leafCount} leaves`);
    }
    const symbolSize = conductor.notePoisoned(sessionId, device.id, contentId);
    if (symbolSize === undefined) {
      throw new Problem(
        'conflict',
        'no session of this device goes on that carries the content, or too many leaves were wrong',
      );
    }
    const [range] = bytesOfLeaves([[leaf, 1]], record);
    const pieces = new PieceHasher(range!.offset, symbolSize);
    for await (const chunk of content.read(contentId, [range!])) pieces.add(chunk);
    const hashes = pieces.end();
    void reply.headers({ 'content-type': 'application/octet-stream', 'content-length': hashes.length });
    return reply.send(hashes);
  };
}

/** Cuts bytes that begin somewhere in the object where the grid of its symbols does. */
class PieceHasher {
  readonly #symbolSize: number;
  readonly #digests: Buffer[] = [];
  #at: number;
  #hash = createHash('sha256');
  #isEmpty = true;

  constructor(offset: number, symbolSize: number) {
    this.#at = offset;
    this.#symbolSize = symbolSize;
  }

  add(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      const size = Math.min(rest.length, this.#symbolSize - (this.#at % this.#symbolSize));
      this.#hash.update(rest.subarray(0, size));
      this.#isEmpty = false;
      this.#at += size;
      rest = rest.subarray(size);
      if (this.#at % this.#symbolSize === 0) this.#cut();
    }
  }

  end(): Buffer {
    if (!this.#isEmpty) this.#cut();
    return Buffer.concat(this.#digests);
  }

  #cut(): void {
    this.#digests.push(this.#hash.digest());
    this.#hash = createHash('sha256');
    this.#isEmpty = true;
  }
}
