import { OUTPUT_TAIL_BYTES } from './limits.ts';

/** Keeps the end of what a program printed, and never more than that in memory. */
export class OutputTail {
  readonly #sizeMax: number;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(sizeMax: number = OUTPUT_TAIL_BYTES) {
    this.#sizeMax = sizeMax;
  }

  readonly push = (chunk: Uint8Array): void => {
    // A copy: the producer may use its buffer again.
    this.#chunks.push(Uint8Array.from(chunk));
    this.#size += chunk.length;
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= this.#sizeMax) {
      this.#size -= this.#chunks.shift()?.length ?? 0;
    }
  };

  bytes(): Uint8Array {
    const all = Buffer.concat(this.#chunks);
    return Uint8Array.from(all.subarray(Math.max(0, all.length - this.#sizeMax)));
  }
}
