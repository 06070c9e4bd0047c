/**
 * How an object is cut into source blocks of nearly equal length. RFC 5052 §9.1, the block partitioning algorithm.
 *
 * The first `largeBlockCount` blocks have `largeBlockLength` source symbols, the others `smallBlockLength`, which is
 * the same or one less. Blocks and symbols are numbered from 0.
 *
 * An object of 0 bytes is one block with one symbol of 0 bytes here, which RFC 5052 has no word for: so there is a DATA
 * message that announces it, and a position that can be asked for, flushed and acknowledged.
 */
export class BlockPartition {
  readonly size: number;
  readonly symbolSize: number;
  readonly symbolCount: number;
  readonly blockCount: number;
  readonly largeBlockLength: number;
  readonly smallBlockLength: number;
  readonly largeBlockCount: number;

  constructor(size: number, symbolSize: number, blockLengthMax: number) {
    this.size = size;
    this.symbolSize = symbolSize;
    this.symbolCount = Math.max(1, Math.ceil(size / symbolSize));
    this.blockCount = Math.ceil(this.symbolCount / blockLengthMax);
    this.largeBlockLength = Math.ceil(this.symbolCount / this.blockCount);
    this.smallBlockLength = Math.floor(this.symbolCount / this.blockCount);
    this.largeBlockCount = this.symbolCount - this.smallBlockLength * this.blockCount;
  }

  /** Source symbols in a block. */
  lengthOf(block: number): number {
    return block < this.largeBlockCount ? this.largeBlockLength : this.smallBlockLength;
  }

  /** Number, within the object, of a block's first source symbol. */
  firstSymbolOf(block: number): number {
    const large = Math.min(block, this.largeBlockCount);
    return large * this.largeBlockLength + (block - large) * this.smallBlockLength;
  }

  /** The block that a symbol of the object lies in. */
  blockOf(symbol: number): number {
    const inLargeBlocks = this.largeBlockCount * this.largeBlockLength;
    if (symbol < inLargeBlocks) return Math.floor(symbol / this.largeBlockLength);
    return this.largeBlockCount + Math.floor((symbol - inLargeBlocks) / this.smallBlockLength);
  }

  /** Where in the object a block's bytes begin. */
  offsetOf(block: number): number {
    return this.firstSymbolOf(block) * this.symbolSize;
  }

  /** Bytes in a block: less than its symbols could hold only at the end of the object. */
  bytesOf(block: number): number {
    const offset = this.offsetOf(block);
    return Math.min(this.lengthOf(block) * this.symbolSize, this.size - offset);
  }

  /** Bytes in a source symbol of the object; only the last may be short. */
  symbolBytes(symbol: number): number {
    return symbol === this.symbolCount - 1 ? this.size - symbol * this.symbolSize : this.symbolSize;
  }
}
