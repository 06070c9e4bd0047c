import type { FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { HASH_CHUNK_BYTES, HASH_GO_BYTES } from '../limits.ts';

/**
 * SHA-256 over a file that grows from its beginning: hashes what is there while the rest is still coming, so that no
 * second pass is left for the end.
 */
export class PrefixHasher {
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #chunk = new Uint8Array(HASH_CHUNK_BYTES);
  #hashedBytes = 0;
  #availableBytes = 0;
  #running: Promise<void> | undefined;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** The first `prefixBytes` of the file are final. */
  advance(prefixBytes: number): void {
    this.#availableBytes = Math.max(this.#availableBytes, prefixBytes);
    // A failure is told by `digest`.
    this.#catchUp().catch(() => undefined);
  }

  /** Hashes up to `size` and gives the digest in hexadecimal. */
  async digest(size: number): Promise<string> {
    this.#availableBytes = Math.max(this.#availableBytes, size);
    while (this.#hashedBytes < size) await this.#catchUp();
    return this.#hash.digest('hex');
  }

  #catchUp(): Promise<void> {
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Reads in this thread: what was just sent or received is in the page cache, and a pool's threads would cost more. */
  async #run(): Promise<void> {
    for (let goBytes = 0; this.#hashedBytes < this.#availableBytes;) {
      const length = Math.min(this.#chunk.length, this.#availableBytes - this.#hashedBytes);
      const bytesRead = readSync(this.#file.fd, this.#chunk, 0, length, this.#hashedBytes);
      if (bytesRead === 0) throw new Error('the file became shorter while it was read');
      this.#hash.update(bytesRead === this.#chunk.length ? this.#chunk : this.#chunk.subarray(0, bytesRead));
      this.#hashedBytes += bytesRead;
      goBytes += bytesRead;
      if (goBytes < HASH_GO_BYTES) continue;
      goBytes = 0;
      await setImmediate();
    }
  }
}
