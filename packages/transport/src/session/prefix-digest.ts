import type { ObjectStore } from './object-store.ts';
import { createHash } from 'node:crypto';
import { DIGEST_BEHIND_MAX_BYTES, HASH_CHUNK_BYTES } from '../limits.ts';

/**
 * SHA-256 of an object in its receiver's own thread, made while the thread would sleep: what comes in order is hashed
 * where it lies, still in the processor's cache, and the rest is read again later. Where the thread has no time for it
 * this falls behind, and is given up for good: whoever wants the digest makes it beside the thread, from the file.
 */
export class PrefixDigest {
  readonly #store: ObjectStore;
  readonly #hash = createHash('sha256');
  /** Whether the thread sleeps now and then. */
  hasTime = false;
  #chunk: Uint8Array | undefined;
  #digestedBytes = 0;
  #isGivenUp = false;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** These bytes are being written: they are hashed if they come next. */
  onWrite(offset: number, bytes: Uint8Array): void {
    if (this.#isGivenUp) return;
    // The file will hold these.
    if (offset < this.#digestedBytes) this.#isGivenUp = true;
    else if (this.hasTime && offset === this.#digestedBytes) this.#update(bytes);
  }

  /** Of the object's first `prefixBytes`, all in the store, hashes up to `bytesMax` that were not. Returns whether some are left. */
  catchUp(prefixBytes: number, bytesMax: number): boolean {
    const end = Math.min(prefixBytes, this.#digestedBytes + bytesMax);
    try {
      while (!this.#isGivenUp && this.#digestedBytes < end) this.#readUntil(end);
    } catch {
      // Whoever reads the file instead says why that fails.
      this.#isGivenUp = true;
    }
    if (prefixBytes - this.#digestedBytes > DIGEST_BEHIND_MAX_BYTES) this.#isGivenUp = true;
    return !this.#isGivenUp && this.#digestedBytes < prefixBytes;
  }

  /** In hexadecimal, once everything has been hashed. */
  digest(): string {
    return this.#hash.digest('hex');
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
