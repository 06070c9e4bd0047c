import { type BlockShape, blockSize } from './block-codec.ts';
import { BlockPool } from './block-pool.ts';
import type { FecCodec, SymbolSet } from './fec-codec.ts';

/** The codec of an object that is sent without repair symbols: buffers for its blocks, which may have any length. */
export class UncodedBlocks implements FecCodec {
  readonly blockLength: number;
  readonly repairSymbolCount = 0;
  readonly symbolSize: number;
  readonly kernelName = undefined;
  readonly #pool: BlockPool;

  constructor(shape: BlockShape, blockCount: number) {
    this.blockLength = shape.blockLength;
    this.symbolSize = shape.symbolSize;
    const size = blockSize(shape);
    this.#pool = new BlockPool(new Uint8Array(size * blockCount), 0, size, blockCount);
  }

  get freeBlockCount(): number {
    return this.#pool.freeCount;
  }

  takeBlock(): Uint8Array | undefined {
    return this.#pool.take();
  }

  releaseBlock(block: Uint8Array): void {
    this.#pool.release(block);
  }

  encodeRepair(): void {
    throw new RangeError('this object has no repair symbols');
  }

  encodeRepairs(_block: Uint8Array, _sourceCount: number, _firstRepairIndex: number, count: number): void {
    if (count > 0) this.encodeRepair();
  }

  /** Nothing can be restored: true when nothing has to be. */
  decode(_block: Uint8Array, sourceCount: number, have: SymbolSet): boolean {
    for (let source = 0; source < sourceCount; source++) if (!have.has(source)) return false;
    return true;
  }
}
