import type { ObjectSource } from '@rollcall/norm';
import { PrefixDigest } from './prefix-digest.ts';

/** A source whose digest is made of what its session reads. */
export class DigestedSource implements ObjectSource {
  readonly size: number;
  readonly digest: PrefixDigest;
  readonly #source: ObjectSource;
  #readBytes = 0;

  constructor(source: ObjectSource) {
    this.size = source.size;
    this.digest = new PrefixDigest(source, source.size);
    this.#source = source;
  }

  /** Up to where it has been read. */
  get readBytes(): number {
    return this.#readBytes;
  }

  read(offset: number, target: Uint8Array): void {
    this.#source.read(offset, target);
    this.digest.onRead(offset, target);
    this.#readBytes = Math.max(this.#readBytes, offset + target.length);
  }
}
