import { BlockPartition } from '../object/block-partition.ts';
import type { ObjectSink } from '../object/object-port.ts';
import type { RepairRequestBuilder } from '../object/repair-request-builder.ts';
import { SymbolBits } from '../object/symbol-bits.ts';
import { LOOSE_RANGES_MAX } from '../limits.ts';
import { RangeSet, type ByteRange } from '../range-set.ts';
import type { FecEncodingId } from '../wire/fec-payload-id.ts';
import type { BlockStore, OpenBlock } from './block-store.ts';
import type { OverheardRequests } from './overheard-requests.ts';
import type { ObjectAnnouncement } from './receiver-options.ts';

/** Stands in a block's symbol count once it is complete: no incomplete block can have as many. */
const COMPLETE = 255;

export type SymbolOutcome = 'added' | 'blockCompleted' | 'duplicate' | 'invalid';

/**
 * One object on its way in: which symbols are there, where they are, and what is to be asked for.
 *
 * A symbol is in memory (in an open block), in the sink, or lacking. A bit per symbol and two bytes per block are all that
 * grows with the object. A block is decoded as soon as it has as many symbols as source symbols, and written at once.
 */
export class ReceivedObject {
  readonly toi: number;
  readonly fecEncodingId: FecEncodingId;
  readonly announcement: ObjectAnnouncement;
  readonly partition: BlockPartition;
  readonly #sink: ObjectSink;
  readonly #store: BlockStore;
  readonly #onWritten: (offset: number, length: number) => void;
  /** Symbols that are in memory or in the sink, `#wordsPerBlock` words a block. */
  readonly #received: Uint32Array;
  readonly #wordsPerBlock: number;
  /** Symbols of each block that are there, or COMPLETE. */
  readonly #counts: Uint8Array;
  readonly #openBlocks = new Map<number, OpenBlock>();
  /** Repair symbols of blocks that have no buffer any more: by block and symbol, their places in the shelter. */
  readonly #sheltered = new Map<number, ReadonlyMap<number, number>>();
  /** Blocks, a bit each, whose repair symbols came and found no room: made when there is the first. */
  #parityLost: Uint32Array | undefined;
  #latest: OpenBlock | undefined;
  #completeCount = 0;
  #firstIncomplete = 0;
  /** Bytes from another path that do not fill a symbol yet. */
  readonly #loose = new RangeSet();
  #decodedSymbolCount = 0;
  #isReleased = false;
  /** Blocks below were sent, or will not be sent unasked any more: what they lack is a loss. */
  pastBlock = 0;
  /** Blocks below are not asked for: sent before this receiver joined, or gone. */
  askFrom = 0;
  infoReceived: boolean;
  /** The sender does not repair it. */
  isUnreliable = false;

  constructor(
    announcement: ObjectAnnouncement,
    fecEncodingId: FecEncodingId,
    sink: ObjectSink,
    store: BlockStore,
    onWritten: (offset: number, length: number) => void,
  ) {
    const { toi, size, symbolSize, blockLength, repairSymbolCount, hasInfo } = announcement;
    this.toi = toi;
    this.fecEncodingId = fecEncodingId;
    this.announcement = announcement;
    this.partition = new BlockPartition(size, symbolSize, blockLength);
    this.#sink = sink;
    this.#store = store;
    this.#onWritten = onWritten;
    this.#wordsPerBlock = wordsPerBlock(blockLength, repairSymbolCount);
    this.#received = new Uint32Array(this.partition.blockCount * this.#wordsPerBlock);
    this.#counts = new Uint8Array(this.partition.blockCount);
    this.infoReceived = !hasInfo;
    store.userCount += 1;
    // Nothing is needed of an object of 0 bytes: its announcement is all of it.
    if (size === 0) this.#complete(0);
  }

  get isComplete(): boolean {
    return this.#completeCount === this.partition.blockCount;
  }

  get decodedSymbolCount(): number {
    return this.#decodedSymbolCount;
  }

  /** The first block that lacks something. */
  get firstIncomplete(): number {
    while (this.#counts[this.#firstIncomplete] === COMPLETE) this.#firstIncomplete += 1;
    return this.#firstIncomplete;
  }

  /** Whether anything is lacking that may be asked for. */
  get hasDemand(): boolean {
    if (this.isUnreliable) return false;
    if (!this.infoReceived) return true;
    return this.#firstDemandedBlock() < this.pastBlock;
  }

  /** Takes in a symbol. May throw what the sink throws. */
  add(block: number, symbol: number, payload: Uint8Array): SymbolOutcome {
    const { partition } = this;
    if (block >= partition.blockCount) return 'invalid';
    const sourceCount = partition.lengthOf(block);
    if (symbol < sourceCount) {
      if (payload.length !== partition.symbolBytes(partition.firstSymbolOf(block) + symbol)) return 'invalid';
    } else if (symbol >= sourceCount + this.announcement.repairSymbolCount || payload.length !== partition.symbolSize) {
      return 'invalid';
    }
    if (this.#counts[block] === COMPLETE || this.#has(block, symbol)) return 'duplicate';
    const opened = this.#open(block);
    const { bytes } = opened.slot;
    const at = symbol * partition.symbolSize;
    bytes.set(payload, at);
    // The code calculates with full symbols.
    if (payload.length < partition.symbolSize) bytes.fill(0, at + payload.length, at + partition.symbolSize);
    opened.have.add(symbol);
    if (symbol < sourceCount) opened.unwritten.add(symbol);
    return this.#mark(block, symbol) === sourceCount ? this.#finish(opened) : 'added';
  }

  /** These bytes are in the sink already. */
  hold({ offset, length }: ByteRange): void {
    const { size, symbolSize, symbolCount } = this.partition;
    const end = Math.min(size, offset + length);
    if (offset >= end) return;
    const firstWhole = Math.ceil(offset / symbolSize);
    const endWhole = end === size ? symbolCount : Math.floor(end / symbolSize);
    for (let symbol = firstWhole; symbol < endWhole; symbol += 1) this.#holdSymbol(symbol);
    const headEnd = Math.min(end, firstWhole * symbolSize);
    this.#holdPart(offset, headEnd);
    this.#holdPart(Math.max(headEnd, endWhole * symbolSize), end);
  }

  /** Writes bytes that came by another path. May throw what the sink throws. */
  put(offset: number, bytes: Uint8Array): void {
    this.#sink.write(offset, bytes);
    this.hold({ offset, length: bytes.length });
  }

  /**
   * These bytes came, and are wrong: the symbols that they touch are lacking again. What else their blocks had of source
   * symbols stays; repair symbols go, since one of them may be what was wrong.
   */
  lose({ offset, length }: ByteRange): void {
    const { size, symbolSize } = this.partition;
    const end = Math.min(size, offset + length);
    this.#loose.delete(Math.floor(offset / symbolSize) * symbolSize, Math.ceil(end / symbolSize) * symbolSize);
    for (let symbol = Math.floor(offset / symbolSize); symbol * symbolSize < end; symbol += 1) this.#loseSymbol(symbol);
  }

  /** What is not in the sink, after everything in memory that can be has been written to it. */
  missingRanges(): ByteRange[] {
    for (const opened of this.#openBlocks.values()) this.#writeOut(opened);
    const { partition } = this;
    const missing: ByteRange[] = [];
    const present = new RangeSet();
    for (const { offset, length } of this.#loose.ranges()) present.add(offset, offset + length);
    let runStart = -1;
    const endRun = (end: number): void => {
      if (runStart >= 0) missing.push(...present.gaps(runStart, end));
      runStart = -1;
    };
    for (let block = this.firstIncomplete; block < partition.blockCount; block += 1) {
      const offset = partition.offsetOf(block);
      if (this.#counts[block] === COMPLETE) {
        endRun(offset);
        continue;
      }
      const sourceCount = partition.lengthOf(block);
      for (let symbol = 0; symbol < sourceCount; symbol += 1) {
        const at = offset + symbol * partition.symbolSize;
        if (this.#has(block, symbol)) endRun(at);
        else if (runStart < 0) runStart = at;
      }
    }
    endRun(partition.size);
    return missing;
  }

  /** Adds what is to be asked for and nobody else has asked for. False: it did not all fit. */
  addDemand(builder: RepairRequestBuilder, overheard: OverheardRequests): boolean {
    const { toi, fecEncodingId } = this;
    if (this.#isInfoUnasked(overheard)) builder.addInfo(fecEncodingId, toi);
    for (const { block, symbols } of this.#unaskedBlocks(overheard, this.pastBlock)) {
      if (builder.isFull) break;
      if (symbols === undefined) builder.addBlock(fecEncodingId, toi, block);
      else builder.addSymbols(fecEncodingId, toi, block, symbols);
    }
    return !builder.isFull;
  }

  /** Whether anything in front of this block is to be asked for and nobody else has asked for it. */
  hasUnasked(overheard: OverheardRequests, endBlock: number): boolean {
    if (this.#isInfoUnasked(overheard)) return true;
    return this.#unaskedBlocks(overheard, Math.min(this.pastBlock, endBlock)).next().done !== true;
  }

  /** The store needs the buffer: source symbols go to the sink, and repair symbols to the shelter, or are lost. */
  evict(opened: OpenBlock): void {
    const { block, slot, have } = opened;
    this.#writeOut(opened);
    const places = new Map<number, number>();
    const sourceCount = this.partition.lengthOf(block);
    for (let symbol = have.next(sourceCount); symbol >= 0; symbol = have.next(symbol + 1)) {
      const place = this.#store.shelter.put(slot.symbol(symbol));
      if (place === undefined) {
        this.#unmark(block, symbol);
        this.#noteParityLost(block);
      } else places.set(symbol, place);
    }
    if (places.size > 0) this.#sheltered.set(block, places);
    this.#close(opened);
  }

  /** Gives all buffers back. With `keep`, what they hold is first written to the sink. */
  release(keep: boolean): void {
    for (const opened of this.#openBlocks.values()) {
      if (keep) this.#writeOut(opened);
      this.#close(opened);
    }
    for (const block of this.#sheltered.keys()) this.#loseSheltered(block);
    if (!this.#isReleased) this.#store.userCount -= 1;
    this.#isReleased = true;
  }

  #isInfoUnasked(overheard: OverheardRequests): boolean {
    return !this.infoReceived && !overheard.coversInfo(this.toi);
  }

  /** What each block lacks, valid until the next is asked for. Without symbols: all of it. */
  *#unaskedBlocks(
    overheard: OverheardRequests,
    endBlock: number,
  ): Generator<{ readonly block: number; readonly symbols: SymbolBits | undefined }> {
    const { toi } = this;
    const symbols = new SymbolBits();
    for (let block = this.#firstDemandedBlock(); block < endBlock; block += 1) {
      const count = this.#counts[block]!;
      if (count === COMPLETE) continue;
      if (count === 0) {
        if (!overheard.coversBlock(toi, block)) yield { block, symbols: undefined };
        continue;
      }
      this.#demandOf(block, count, symbols);
      if (!overheard.coversSymbols(toi, block, symbols, this.partition.lengthOf(block))) yield { block, symbols };
    }
  }

  #firstDemandedBlock(): number {
    const first = this.firstIncomplete;
    if (this.askFrom <= first) return first;
    let block = this.askFrom;
    while (block < this.pastBlock && this.#counts[block] === COMPLETE) block += 1;
    return block;
  }

  /**
   * What to name for a block: repair symbols first, since they mend others' losses as well, the lowest that are not here;
   * and source symbols for what those cannot mend. RFC 5740 §5.3. Of a block whose repair symbols once found no room source
   * symbols alone: what goes into the sink stays, so that each that comes is one less to ask for, however many are lost.
   */
  #demandOf(block: number, count: number, symbols: SymbolBits): void {
    symbols.clear();
    const sourceCount = this.partition.lengthOf(block);
    const encodingSymbolCount = sourceCount + this.announcement.repairSymbolCount;
    let lacking = sourceCount - count;
    const firstRepair = this.#hasLostParity(block) ? encodingSymbolCount : sourceCount;
    for (let symbol = firstRepair; symbol < encodingSymbolCount && lacking > 0; symbol += 1) {
      if (this.#has(block, symbol)) continue;
      symbols.add(symbol);
      lacking -= 1;
    }
    // From the end, as NRL's library does: so what different receivers name overlaps.
    for (let symbol = sourceCount - 1; symbol >= 0 && lacking > 0; symbol -= 1) {
      if (this.#has(block, symbol)) continue;
      symbols.add(symbol);
      lacking -= 1;
    }
  }

  #hasLostParity(block: number): boolean {
    return this.#parityLost !== undefined && (this.#parityLost[block >> 5]! & (1 << (block & 31))) !== 0;
  }

  #noteParityLost(block: number): void {
    this.#parityLost ??= new Uint32Array(Math.ceil(this.partition.blockCount / 32));
    this.#parityLost[block >> 5]! |= 1 << (block & 31);
  }

  #has(block: number, symbol: number): boolean {
    return (this.#received[block * this.#wordsPerBlock + (symbol >> 5)]! & (1 << (symbol & 31))) !== 0;
  }

  /** Notes the symbol and returns how many the block has now. */
  #mark(block: number, symbol: number): number {
    this.#received[block * this.#wordsPerBlock + (symbol >> 5)]! |= 1 << (symbol & 31);
    const count = this.#counts[block]! + 1;
    this.#counts[block] = count;
    return count;
  }

  #unmark(block: number, symbol: number): void {
    this.#received[block * this.#wordsPerBlock + (symbol >> 5)]! &= ~(1 << (symbol & 31));
    this.#counts[block]! -= 1;
  }

  #open(block: number): OpenBlock {
    const latest = this.#latest;
    if (latest !== undefined && latest.block === block) return latest;
    let opened = this.#openBlocks.get(block);
    if (opened === undefined) {
      opened = this.#store.open(this, block);
      this.#openBlocks.set(block, opened);
      this.#unshelter(opened);
    }
    this.#latest = opened;
    return opened;
  }

  #unshelter({ block, slot, have }: OpenBlock): void {
    for (const [symbol, place] of this.#sheltered.get(block) ?? []) {
      this.#store.shelter.take(place, slot.symbol(symbol));
      have.add(symbol);
    }
    this.#sheltered.delete(block);
  }

  #loseSheltered(block: number): void {
    for (const [symbol, place] of this.#sheltered.get(block) ?? []) {
      this.#store.shelter.free(place);
      this.#unmark(block, symbol);
    }
    this.#sheltered.delete(block);
  }

  #close(opened: OpenBlock): void {
    this.#openBlocks.delete(opened.block);
    if (this.#latest === opened) this.#latest = undefined;
    this.#store.close(opened);
  }

  /** The block has as many symbols as it takes. */
  #finish(opened: OpenBlock): 'blockCompleted' {
    const { block } = opened;
    const sourceCount = this.partition.lengthOf(block);
    this.#readBack(opened, sourceCount);
    let decoded = 0;
    for (let symbol = 0; symbol < sourceCount; symbol += 1) {
      if (opened.have.has(symbol)) continue;
      opened.unwritten.add(symbol);
      decoded += 1;
    }
    if (decoded > 0) {
      this.#decodedSymbolCount += decoded;
      if (!this.#store.codec.decode(opened.slot.bytes, sourceCount, opened.have))
        throw new Error('block cannot be decoded');
    }
    this.#writeOut(opened);
    this.#close(opened);
    this.#complete(block);
    return 'blockCompleted';
  }

  #complete(block: number): void {
    this.#counts[block] = COMPLETE;
    this.#completeCount += 1;
  }

  /** Symbols of the block that waited in the sink come back, each run of them at once, to decode with. */
  #readBack({ block, slot, have }: OpenBlock, sourceCount: number): void {
    const isAway = (symbol: number): boolean => symbol < sourceCount && !have.has(symbol) && this.#has(block, symbol);
    const { symbolSize, size } = this.partition;
    const offset = this.partition.offsetOf(block);
    for (let first = 0; first < sourceCount; first += 1) {
      let end = first;
      while (isAway(end)) have.add(end++);
      if (end === first) continue;
      const from = first * symbolSize;
      const to = Math.min(end * symbolSize, size - offset);
      this.#sink.read(offset + from, slot.bytes.subarray(from, to));
      slot.bytes.fill(0, to, end * symbolSize);
      first = end;
    }
  }

  /** Writes source symbols that are only in memory, each run of them at once. */
  #writeOut(opened: OpenBlock): void {
    const { unwritten, slot, block } = opened;
    const { symbolSize, size } = this.partition;
    const offset = this.partition.offsetOf(block);
    for (let first = unwritten.next(0); first >= 0; first = unwritten.next(first)) {
      let end = first + 1;
      while (unwritten.has(end)) end += 1;
      const from = first * symbolSize;
      const to = Math.min(end * symbolSize, size - offset);
      if (to > from) {
        this.#sink.write(offset + from, slot.bytes.subarray(from, to));
        this.#onWritten(offset + from, to - from);
      }
      for (let symbol = first; symbol < end; symbol += 1) unwritten.delete(symbol);
      first = end;
    }
  }

  #holdSymbol(symbol: number): void {
    const block = this.partition.blockOf(symbol);
    const within = symbol - this.partition.firstSymbolOf(block);
    if (this.#counts[block] === COMPLETE || this.#has(block, within)) return;
    if (this.#mark(block, within) < this.partition.lengthOf(block)) return;
    if (this.#openBlocks.has(block) || this.#sheltered.has(block)) this.#finish(this.#open(block));
    else this.#complete(block);
  }

  #loseSymbol(symbol: number): void {
    const block = this.partition.blockOf(symbol);
    const within = symbol - this.partition.firstSymbolOf(block);
    const opened = this.#openBlocks.get(block);
    if (opened !== undefined) this.evict(opened);
    else if (this.#counts[block] === COMPLETE) this.#reopen(block);
    this.#loseSheltered(block);
    if (this.#has(block, within)) this.#unmark(block, within);
  }

  /** A block that was complete has all its source symbols in the sink, and no others. */
  #reopen(block: number): void {
    const sourceCount = this.partition.lengthOf(block);
    const words = block * this.#wordsPerBlock;
    this.#received.fill(0, words, words + this.#wordsPerBlock);
    for (let symbol = 0; symbol < sourceCount; symbol += 1)
      this.#received[words + (symbol >> 5)]! |= 1 << (symbol & 31);
    this.#counts[block] = sourceCount;
    this.#completeCount -= 1;
    this.#firstIncomplete = Math.min(this.#firstIncomplete, block);
  }

  #holdPart(start: number, end: number): void {
    if (start >= end) return;
    const { symbolSize, size } = this.partition;
    if (this.#loose.runCount >= LOOSE_RANGES_MAX) return;
    this.#loose.add(start, end);
    const symbol = Math.floor(start / symbolSize);
    const symbolStart = symbol * symbolSize;
    const symbolEnd = Math.min(size, symbolStart + symbolSize);
    if (!this.#loose.covers(symbolStart, symbolEnd)) return;
    this.#loose.delete(symbolStart, symbolEnd);
    this.#holdSymbol(symbol);
  }
}

/** Words of 32 bits for the symbols of one block. */
function wordsPerBlock(blockLength: number, repairSymbolCount: number): number {
  return Math.ceil((blockLength + repairSymbolCount) / 32);
}

/** What an object of this shape makes a receiver remember. */
export function bitmapBytes(size: number, symbolSize: number, blockLength: number, repairSymbolCount: number): number {
  const { blockCount } = new BlockPartition(size, symbolSize, blockLength);
  return blockCount * (4 * wordsPerBlock(blockLength, repairSymbolCount) + 1);
}
