import { BlockPool } from './block-pool.ts';
import type { FecCodec, SymbolSet } from './fec-codec.ts';
import type { GaloisKernel, GaloisKernelName } from './galois-kernel.ts';
import { ReedSolomonCode, type SetCoefficient } from './reed-solomon.ts';

/** The parameters of a codec that are fixed for its life. */
export interface BlockShape {
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly symbolSize: number;
}

/**
 * The code of one object over the blocks of one pool.
 *
 * The kernel's coefficient matrix has a row for each repair symbol, filled when that symbol is first computed, and below
 * them as many rows again that every decode fills for its own pattern of losses. Nothing of it is made before it is
 * needed: the first datagrams of a transfer come when a receiver is busiest, and most need no code at all.
 */
export class BlockCodec implements FecCodec {
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly symbolSize: number;
  readonly #pool: BlockPool;
  readonly #kernel: GaloisKernel;
  readonly #shape: BlockShape;
  /** Rows of the coefficient matrix that are filled: those of the repair symbols below. */
  readonly #isRowFilled: Uint8Array;
  #code: ReedSolomonCode | undefined;
  readonly #set: SetCoefficient;
  readonly #lost: Uint8Array;
  readonly #known: Uint8Array;

  constructor(shape: BlockShape, kernel: GaloisKernel, blockCount: number) {
    this.blockLength = shape.blockLength;
    this.repairSymbolCount = shape.repairSymbolCount;
    this.symbolSize = shape.symbolSize;
    this.#pool = new BlockPool(kernel.memory, 0, blockSize(shape), blockCount);
    this.#kernel = kernel;
    this.#shape = shape;
    this.#isRowFilled = new Uint8Array(shape.repairSymbolCount);
    this.#set = (row, column, value) => kernel.setCoefficient(row, column, value);
    this.#lost = new Uint8Array(shape.repairSymbolCount);
    this.#known = new Uint8Array(shape.blockLength);
  }

  get kernelName(): GaloisKernelName {
    return this.#kernel.name;
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

  encodeRepair(block: Uint8Array, sourceCount: number, repairIndex: number): void {
    this.encodeRepairs(block, sourceCount, repairIndex, 1);
  }

  encodeRepairs(block: Uint8Array, sourceCount: number, firstRepairIndex: number, count: number): void {
    this.#checkSourceCount(sourceCount);
    if (!(firstRepairIndex >= 0 && count >= 0 && firstRepairIndex + count <= this.repairSymbolCount)) {
      throw new RangeError(`no repair symbols ${firstRepairIndex} to ${firstRepairIndex + count - 1}`);
    }
    for (let i = firstRepairIndex; i < firstRepairIndex + count; i++) this.#fillRow(i);
    const address = this.#pool.addressOf(block);
    const { sources, targets } = this.#kernel;
    for (let source = 0; source < sourceCount; source++) sources[source] = address + source * this.symbolSize;
    for (let i = 0; i < count; i++) {
      targets[i] = address + (sourceCount + firstRepairIndex + i) * this.symbolSize;
    }
    this.#kernel.combine(firstRepairIndex, count, sourceCount, this.symbolSize);
  }

  decode(block: Uint8Array, sourceCount: number, have: SymbolSet): boolean {
    this.#checkSourceCount(sourceCount);
    const address = this.#pool.addressOf(block);
    const { sources, targets } = this.#kernel;
    let lostCount = 0;
    let knownCount = 0;
    for (let source = 0; source < sourceCount; source++) {
      if (have.has(source)) {
        sources[knownCount] = address + source * this.symbolSize;
        this.#known[knownCount++] = source;
      } else {
        if (lostCount === this.repairSymbolCount) return false;
        targets[lostCount] = address + source * this.symbolSize;
        this.#lost[lostCount++] = source;
      }
    }
    if (lostCount === 0) return true;
    const knownSourceCount = knownCount;
    for (let repair = 0; knownCount < sourceCount; repair++) {
      if (repair === this.repairSymbolCount) return false;
      if (!have.has(sourceCount + repair)) continue;
      sources[knownCount] = address + (sourceCount + repair) * this.symbolSize;
      this.#known[knownCount++] = this.blockLength + repair;
    }
    const firstRow = this.repairSymbolCount;
    this.#theCode().restoreCoefficients(this.#lost, lostCount, this.#known, knownSourceCount, firstRow, this.#set);
    this.#kernel.combine(firstRow, lostCount, sourceCount, this.symbolSize);
    return true;
  }

  #fillRow(repairIndex: number): void {
    if (this.#isRowFilled[repairIndex] === 1) return;
    this.#theCode().repairCoefficients(repairIndex, repairIndex, this.#set);
    this.#isRowFilled[repairIndex] = 1;
  }

  #theCode(): ReedSolomonCode {
    return (this.#code ??= new ReedSolomonCode(this.#shape.blockLength, this.#shape.repairSymbolCount));
  }

  #checkSourceCount(sourceCount: number): void {
    if (!(sourceCount >= 1 && sourceCount <= this.blockLength)) {
      throw new RangeError(`a block has 1 to ${this.blockLength} source symbols, not ${sourceCount}`);
    }
  }
}

/** Bytes of a block buffer: room for every encoding symbol. */
export function blockSize(shape: BlockShape): number {
  return (shape.blockLength + shape.repairSymbolCount) * shape.symbolSize;
}
