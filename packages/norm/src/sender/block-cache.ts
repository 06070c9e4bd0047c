import { BlockSlot } from '../object/block-slot.ts';
import { SymbolBits } from '../object/symbol-bits.ts';
import type { FecCodec } from '../fec/fec-codec.ts';
import type { SenderObject } from './sender-object.ts';

/** A block that has been read, and the repair symbols that have been computed for it. */
export class CachedBlock {
  readonly slot: BlockSlot;
  readonly encoded = new SymbolBits();
  object: SenderObject;
  block: number;

  constructor(slot: BlockSlot, object: SenderObject, block: number) {
    this.slot = slot;
    this.object = object;
    this.block = block;
  }
}

/**
 * The blocks that were last sent from, read whole and once: most repair is asked for while its block is still here. The
 * least recently used makes room for the next. Memory does not depend on the size of the objects.
 */
export class BlockCache {
  readonly #codec: FecCodec;
  /** In the order of their last use. */
  readonly #blocks = new Map<number, CachedBlock>();
  #latest: CachedBlock | undefined;

  constructor(codec: FecCodec) {
    this.#codec = codec;
  }

  /** The block, read from its source if need be. Throws what the source throws. */
  load(object: SenderObject, block: number): CachedBlock {
    const latest = this.#latest;
    if (latest !== undefined && latest.object === object && latest.block === block) return latest;
    const key = keyOf(object, block);
    let cached = this.#blocks.get(key);
    if (cached === undefined) {
      cached = this.#takeRoom(object, block);
      this.#read(cached);
    } else {
      this.#blocks.delete(key);
    }
    this.#blocks.set(key, cached);
    this.#latest = cached;
    return cached;
  }

  /** A repair symbol of the block; computes it, and `ahead` − 1 after it, unless they have been. */
  repairSymbol(cached: CachedBlock, repairIndex: number, ahead: number): Uint8Array {
    const sourceCount = cached.object.partition.lengthOf(cached.block);
    if (!cached.encoded.has(repairIndex)) {
      const count = Math.max(1, Math.min(ahead, this.#codec.repairSymbolCount - repairIndex));
      this.#codec.encodeRepairs(cached.slot.bytes, sourceCount, repairIndex, count);
      cached.encoded.addRun(repairIndex, repairIndex + count - 1);
    }
    return cached.slot.symbol(sourceCount + repairIndex);
  }

  /** Forgets an object: its toi will come to mean another one. */
  forget(object: SenderObject): void {
    for (const [key, cached] of this.#blocks) {
      if (cached.object !== object) continue;
      this.#blocks.delete(key);
      this.#codec.releaseBlock(cached.slot.bytes);
    }
    this.#latest = undefined;
  }

  #takeRoom(object: SenderObject, block: number): CachedBlock {
    const bytes = this.#codec.takeBlock();
    if (bytes !== undefined) return new CachedBlock(new BlockSlot(bytes, this.#codec.symbolSize), object, block);
    const [[key, oldest]] = this.#blocks as unknown as [[number, CachedBlock]];
    this.#blocks.delete(key);
    oldest.object = object;
    oldest.block = block;
    oldest.encoded.clear();
    return oldest;
  }

  #read(cached: CachedBlock): void {
    const { partition, source } = cached.object;
    const size = partition.bytesOf(cached.block);
    const { bytes } = cached.slot;
    try {
      if (size > 0) source.read(partition.offsetOf(cached.block), bytes.subarray(0, size));
    } catch (error) {
      this.#codec.releaseBlock(bytes);
      this.#latest = undefined;
      throw error;
    }
    // The code calculates with full symbols: a short last one counts as filled up with zeros.
    bytes.fill(0, size, partition.lengthOf(cached.block) * partition.symbolSize);
  }
}

function keyOf(object: SenderObject, block: number): number {
  return object.toi * 0x1_000_000 + block;
}
