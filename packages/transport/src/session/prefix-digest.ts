import type { ObjectSource } from '@rollcall/norm';
import type { Hash } from 'node:crypto';
import { DIGEST_BEHIND_MAX_BYTES, HASH_CHUNK_BYTES, VERIFY_BUSY_ROUND_BYTES } from '../limits.ts';

/**
 * SHA-256 of an object in its session's own thread, made while the thread would sleep: what passes in order is hashed
 * where it lies, still in the processor's cache, and the rest is read again later. Where the thread has no time for it
 * this falls behind, and is given up for good: whoever wants the digest makes it beside the thread, from the file.
 */
export class PrefixDigest {
  readonly #source: Pick<ObjectSource, 'read'>;
  readonly #size: number;
  #hash: Hash | undefined;
  #chunk: Uint8Array | undefined;
  #digestedBytes = 0;
  #isBusy = true;
  #isGivenUp = false;

  constructor(source: Pick<ObjectSource, 'read'>, size: number) {
    this.#source = source;
    this.#size = size;
  }

  /** Everything is hashed, or nothing more will be. */
  get isOver(): boolean {
    return this.#isGivenUp || this.#digestedBytes === this.#size;
  }

  /** These bytes have been read: they are hashed if they come next. */
  onRead(offset: number, bytes: Uint8Array): void {
    if (!this.#isGivenUp && !this.#isBusy && offset === this.#digestedBytes) this.#update(bytes);
  }

  /** The same of bytes that are being written. */
  onWrite(offset: number, bytes: Uint8Array): void {
    // What was hashed is not what the file will hold.
    if (offset < this.#digestedBytes) this.#isGivenUp = true;
    this.onRead(offset, bytes);
  }

  /**
   * Once in each round of the thread's loop: of the object's first `prefixBytes`, which have passed, hashes up to
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
    // What is hashed would be lost: not where that is more than what is left.
    const behindMax = Math.max(DIGEST_BEHIND_MAX_BYTES, this.#digestedBytes);
    if (prefixBytes - this.#digestedBytes > behindMax) this.#isGivenUp = true;
    return this.#digestedBytes - start;
  }

  /** In hexadecimal, once it is over; undefined: given up. */
  digest(): string | undefined {
    return this.#isGivenUp ? undefined : this.#begun().digest('hex');
  }

  /** Begun late: to load node:crypto takes milliseconds, which a sender has not before its first datagram. */
  #begun(): Hash {
    return (this.#hash ??= process.getBuiltinModule('node:crypto').createHash('sha256'));
  }

  #readUntil(end: number): void {
    const chunk = (this.#chunk ??= new Uint8Array(HASH_CHUNK_BYTES));
    const length = Math.min(chunk.length, end - this.#digestedBytes);
    const bytes = length === chunk.length ? chunk : chunk.subarray(0, length);
    this.#source.read(this.#digestedBytes, bytes);
    this.#update(bytes);
  }

  #update(bytes: Uint8Array): void {
    this.#begun().update(bytes);
    this.#digestedBytes += bytes.length;
  }
}
