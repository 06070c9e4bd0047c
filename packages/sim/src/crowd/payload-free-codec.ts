import type { CreateFecCodec, FecCodec, FecCodecOptions, SymbolSet } from '@rollcall/norm';

/**
 * A codec for symbols whose bytes do not matter: which of them are there is counted as always, what is in them is not
 * kept. All blocks of all sessions lie on top of each other in one buffer, so that ten thousand receivers with some open
 * blocks each need the memory of one block.
 */
export function payloadFreeCodecs(): CreateFecCodec {
  const shared = new Map<number, Uint8Array>();
  return (options) => {
    const size = (options.blockLength + options.repairSymbolCount) * options.symbolSize;
    let bytes = shared.get(size);
    if (bytes === undefined) {
      bytes = new Uint8Array(size);
      shared.set(size, bytes);
    }
    return new PayloadFreeCodec(options, bytes);
  };
}

class PayloadFreeCodec implements FecCodec {
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly symbolSize: number;
  readonly kernelName = undefined;
  readonly #block: Uint8Array;
  #freeCount: number;

  constructor(options: FecCodecOptions, block: Uint8Array) {
    this.blockLength = options.blockLength;
    this.repairSymbolCount = options.repairSymbolCount;
    this.symbolSize = options.symbolSize;
    this.#block = block;
    this.#freeCount = options.blockCount;
  }

  get freeBlockCount(): number {
    return this.#freeCount;
  }

  takeBlock(): Uint8Array | undefined {
    if (this.#freeCount === 0) return undefined;
    this.#freeCount -= 1;
    return this.#block;
  }

  releaseBlock(): void {
    this.#freeCount += 1;
  }

  encodeRepair(): void {}

  encodeRepairs(): void {}

  /** As the real code: any `sourceCount` symbols of a block restore it, fewer do not. */
  decode(_block: Uint8Array, sourceCount: number, have: SymbolSet): boolean {
    let count = 0;
    for (let symbol = 0; symbol < this.blockLength + this.repairSymbolCount; symbol += 1) {
      if (have.has(symbol)) count += 1;
    }
    return count >= sourceCount;
  }
}
