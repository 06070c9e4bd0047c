import type { BlockPartition } from '../object/block-partition.ts';
import { RangeSet, type ByteRange } from '../range-set.ts';

/** Walks once over the source symbols of an object that are to be sent unasked, in their order. */
export class TransmitCursor {
  readonly #partition: BlockPartition;
  /** Runs of symbols, start and end, ascending. */
  readonly #runs: readonly ByteRange[];
  #run = 0;
  #symbol = 0;
  #block = 0;
  #blockStart = 0;
  #blockEnd = 0;

  constructor(partition: BlockPartition, ranges?: readonly ByteRange[]) {
    this.#partition = partition;
    const symbols = new RangeSet();
    if (ranges === undefined) {
      symbols.add(0, partition.symbolCount);
    } else {
      for (const { offset, length } of ranges) {
        if (!(offset >= 0 && length >= 0 && offset + length <= partition.size))
          throw new RangeError('range outside the object');
        if (length === 0) continue;
        symbols.add(Math.floor(offset / partition.symbolSize), Math.ceil((offset + length) / partition.symbolSize));
      }
    }
    this.#runs = symbols.ranges();
    this.#enterRun();
  }

  get isDone(): boolean {
    return this.#run >= this.#runs.length;
  }

  /** Block and symbol within the block that come next. */
  get block(): number {
    return this.#block;
  }

  get encodingSymbolId(): number {
    return this.#symbol - this.#blockStart;
  }

  /** Bytes of the symbol. */
  get symbolBytes(): number {
    return this.#partition.symbolBytes(this.#symbol);
  }

  /** Steps to the next symbol. Returns true when that left the block. */
  advance(): boolean {
    this.#symbol += 1;
    const run = this.#runs[this.#run]!;
    const left = this.#block;
    if (this.#symbol >= run.offset + run.length) {
      this.#run += 1;
      this.#enterRun();
      return this.isDone || this.#block !== left;
    }
    if (this.#symbol < this.#blockEnd) return false;
    this.#enterBlock(left + 1);
    return true;
  }

  /** Whether the block lies behind the cursor: nothing of it will be sent unasked any more. */
  hasPassed(block: number): boolean {
    return this.isDone || block < this.#block;
  }

  #enterRun(): void {
    const run = this.#runs[this.#run];
    if (run === undefined) return;
    this.#symbol = run.offset;
    this.#enterBlock(this.#partition.blockOf(run.offset));
  }

  #enterBlock(block: number): void {
    this.#block = block;
    this.#blockStart = this.#partition.firstSymbolOf(block);
    this.#blockEnd = this.#blockStart + this.#partition.lengthOf(block);
  }
}
