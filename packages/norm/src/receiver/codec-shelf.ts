import type { CreateFecCodec } from '../fec/fec-codec.ts';
import { FEC_CODECS_MAX, PARITY_SHELTER_SHARE } from '../limits.ts';
import { blockCountWithin } from '../fec/block-pool.ts';
import { BlockStore } from './block-store.ts';

/** The block stores of a session, one for each shape of block that is in use. */
export class CodecShelf {
  readonly #memoryBytes: number;
  readonly #createCodec: CreateFecCodec;
  readonly #stores = new Map<string, BlockStore>();

  constructor(memoryBytes: number, createCodec: CreateFecCodec) {
    this.#createCodec = createCodec;
    this.#memoryBytes = memoryBytes;
  }

  /** Undefined: too many shapes are in use at once. */
  storeFor(blockLength: number, repairSymbolCount: number, symbolSize: number): BlockStore | undefined {
    const key = `${blockLength},${repairSymbolCount},${symbolSize}`;
    const known = this.#stores.get(key);
    if (known !== undefined) return known;
    if (this.#stores.size >= FEC_CODECS_MAX && !this.#dropUnused()) return undefined;
    const blockCount = blockCountWithin(this.#memoryBytes, (blockLength + repairSymbolCount) * symbolSize);
    const shelteredSymbolsMax = Math.floor((PARITY_SHELTER_SHARE * this.#memoryBytes) / symbolSize);
    const codec = this.#createCodec({ blockLength, repairSymbolCount, symbolSize, blockCount });
    const store = new BlockStore(codec, shelteredSymbolsMax);
    this.#stores.set(key, store);
    return store;
  }

  #dropUnused(): boolean {
    for (const [key, { userCount }] of this.#stores) if (userCount === 0) return this.#stores.delete(key);
    return false;
  }
}
