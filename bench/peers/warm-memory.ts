import { closeSync, ftruncateSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** statfs(2). */
const TMPFS_MAGIC = 0x01021994;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** What is free beyond what was written so far: a tenth of a second of the fastest transfer. */
const AHEAD_BYTES = 128 * 1024 * 1024;

/**
 * Memory for the files that a transfer is going to write into a folder in memory, held by a file of its own that shrinks as they grow;
 * elsewhere it is nothing. A host takes back what its guest has freed, after a second or two (free page reporting), and to give it again takes up to 13 µs for each
 * page that is written first: half of a run, of whichever tool finds more of it gone.
 */
export class WarmMemory implements Disposable {
  readonly #folder: string;
  readonly #bytes: number;
  readonly #usedBefore: number;
  readonly #path: string;
  readonly #file: number | undefined;
  #held = 0;

  constructor(folder: string, bytes: number) {
    this.#folder = folder;
    this.#bytes = bytes;
    this.#path = join(folder, 'warm');
    const { type, bsize, blocks, bfree } = statfsSync(folder);
    this.#usedBefore = (blocks - bfree) * bsize;
    if (type !== TMPFS_MAGIC) return;
    this.#file = openSync(this.#path, 'w');
    const chunk = Buffer.alloc(Math.min(bytes, CHUNK_BYTES), 1);
    while (this.#held < bytes)
      this.#held += writeSync(this.#file, chunk, 0, Math.min(chunk.length, bytes - this.#held));
  }

  /** Gives back what others have written in the meantime, and what they may write until the next call. */
  follow(): void {
    if (this.#file === undefined || this.#held === 0) return;
    const { bsize, blocks, bfree } = statfsSync(this.#folder);
    const written = (blocks - bfree) * bsize - this.#usedBefore - this.#held;
    const held = Math.max(0, this.#bytes - written - AHEAD_BYTES);
    if (held >= this.#held) return;
    ftruncateSync(this.#file, held);
    this.#held = held;
  }

  [Symbol.dispose](): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }
}
