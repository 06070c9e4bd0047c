import { BLOCK_COUNT_MAX, BLOCK_COUNT_MIN } from '../limits.ts';

/** Equal buffers, cut once out of one piece of memory, that are taken and given back. */
export class BlockPool {
  readonly #memory: Uint8Array;
  readonly #start: number;
  readonly #blockSize: number;
  readonly #blocks: readonly Uint8Array[];
  readonly #isTaken: Uint8Array;
  /** Indexes of the free blocks; the last one given back is taken first, since it is still in the cache. */
  readonly #free: Uint32Array;
  #freeCount: number;

  constructor(memory: Uint8Array, start: number, blockSize: number, blockCount: number) {
    this.#memory = memory;
    this.#start = start;
    this.#blockSize = blockSize;
    this.#blocks = Array.from({ length: blockCount }, (_, index) =>
      memory.subarray(start + index * blockSize, start + (index + 1) * blockSize),
    );
    this.#isTaken = new Uint8Array(blockCount);
    this.#free = Uint32Array.from({ length: blockCount }, (_, index) => blockCount - 1 - index);
    this.#freeCount = blockCount;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  take(): Uint8Array | undefined {
    if (this.#freeCount === 0) return undefined;
    const index = this.#free[--this.#freeCount]!;
    this.#isTaken[index] = 1;
    return this.#blocks[index];
  }

  release(block: Uint8Array): void {
    const address = this.addressOf(block);
    const index = (address - this.#start) / this.#blockSize;
    this.#isTaken[index] = 0;
    this.#free[this.#freeCount++] = index;
  }

  /** Where in the memory a taken block lies. A buffer that is none is a mistake of the caller, as is one given back. */
  addressOf(block: Uint8Array): number {
    const address = block.byteOffset - this.#memory.byteOffset;
    const index = (address - this.#start) / this.#blockSize;
    if (block.buffer !== this.#memory.buffer || this.#isTaken[index] !== 1) {
      throw new TypeError('not a block of this codec, or one that was given back');
    }
    return address;
  }
}

/** How many block buffers of this size to have in so much memory. */
export function blockCountWithin(memoryBytes: number, blockBytes: number): number {
  return Math.min(BLOCK_COUNT_MAX, Math.max(BLOCK_COUNT_MIN, Math.floor(memoryBytes / blockBytes)));
}
