import type { ObjectStore } from './object-store.ts';
import { createHash } from 'node:crypto';
import { DIGEST_BEHIND_MAX_BYTES, HASH_CHUNK_BYTES, VERIFY_BUSY_ROUND_BYTES } from '../limits.ts';

/**
 * SHA-256 of an object in its receiver's own thread, made while the thread would sleep: what comes in order is hashed
 * where it lies, still in the processor's cache, and the rest is read again later. Where the thread has no time for it
 * this falls behind, and is given up for good: whoever wants the digest makes it beside the thread, from the file.
 */
export class PrefixDigest {
  readonly #store: ObjectStore;
  readonly #size: number;
  readonly #hash = createHash('sha256');
  #chunk: Uint8Array | undefined;
  #digestedBytes = 0;
  #isBusy = true;
  #isGivenUp = false;

  constructor(store: ObjectStore, size: number) {
    this.#store = store;
    this.#size = size;
  }

  /** Everything is hashed, or nothing more will be. */
  get isOver(): boolean {
    return this.#isGivenUp || this.#digestedBytes === this.#size;
  }

  /** These bytes are being written: they are hashed if they come next. */
  onWrite(offset: number, bytes: Uint8Array): void {
    if (this.#isGivenUp) return;
    // The file will hold these.
    if (offset < this.#digestedBytes) this.#isGivenUp = true;
    else if (!this.#isBusy && offset === this.#digestedBytes) this.#update(bytes);
  }

  /**
   * Once in each round of the thread's loop: of the object's first `prefixBytes`, all in the store, hashes up to
   * `bytesMax` that were not, and returns how many. Nothing while the thread is busy, until the object is complete.
   */
  catchUp(prefixBytes: number, bytesMax: number, isBusy: boolean): number {
    this.#isBusy = isBusy;
    const start = this.#digestedBytes;
    const busyMax = prefixBytes === this.#size ? VERIFY_BUSY_ROUND_BYTES : 0;
    const end = Math.min(prefixBytes, start + (isBusy ? Math.min(busyMax, bytesMax) : bytesMax));
    try {
      while (!this.#isGivenUp && this.#digestedBytes < end) this.#readUntil(end);
    } catch {
      // Whoever reads the file instead says why that fails.
      this.#isGivenUp = true;
    }
    // Who begins anew has less to read than is left here: a file that is nearly hashed is not read once more.
    const behindMax = Math.max(DIGEST_BEHIND_MAX_BYTES, this.#digestedBytes);
    if (prefixBytes - this.#digestedBytes > behindMax) this.#isGivenUp = true;
    return this.#digestedBytes - start;
  }

  /** In hexadecimal, once it is over; undefined: given up. */
  digest(): string | undefined {
    return this.#isGivenUp ? undefined : this.#hash.digest('hex');
  }

  #readUntil(end: number): void {
    const chunk = (this.#chunk ??= new Uint8Array(HASH_CHUNK_BYTES));
    const length = Math.min(chunk.length, end - this.#digestedBytes);
    const bytes = length === chunk.length ? chunk : chunk.subarray(0, length);
    this.#store.read(this.#digestedBytes, bytes);
    this.#update(bytes);
  }

  #update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#digestedBytes += bytes.length;
  }
}
