import type { DatagramBatch } from '../batch.ts';
import type { Micros } from '../time.ts';
import { OBJECT_FLAG } from '../wire/object-flags.ts';
import type { BlockCache, CachedBlock } from './block-cache.ts';
import type { ParityPlanner } from './parity-planner.ts';
import { type BlockRepair, INFO_BLOCK } from './repair-queue.ts';
import type { SenderObject } from './sender-object.ts';
import type { MutableSenderStats } from './sender-stats.ts';
import type { SenderWriter } from './sender-writer.ts';

/**
 * Writes an object's symbols, of the first pass and of repair: reads them from their block, or computes them.
 *
 * Each method appends at most one datagram and returns its size. 0: the source could not be read, and `onFailed` was
 * told; or of a repair, nothing of it is left to send.
 */
export class SymbolTransmitter {
  readonly #proactive: number | 'auto';
  readonly #writer: SenderWriter;
  readonly #blocks: BlockCache;
  readonly #planner: ParityPlanner;
  readonly #stats: MutableSenderStats;
  readonly #onFailed: (object: SenderObject, cause: unknown) => void;

  constructor(
    proactiveRepairSymbols: number | 'auto',
    writer: SenderWriter,
    blocks: BlockCache,
    planner: ParityPlanner,
    stats: MutableSenderStats,
    onFailed: (object: SenderObject, cause: unknown) => void,
  ) {
    this.#proactive = proactiveRepairSymbols;
    this.#writer = writer;
    this.#blocks = blocks;
    this.#planner = planner;
    this.#stats = stats;
    this.#onFailed = onFailed;
  }

  /** The next datagram of an object's first pass: INFO, then block by block source symbols and proactive parity. */
  next(now: Micros, batch: DatagramBatch, object: SenderObject): number {
    if (object.info !== undefined && !object.infoSent) {
      object.infoSent = true;
      return this.#writer.info(batch, object, object.info, 0);
    }
    if (object.parityDue > 0) return this.#proactiveParity(batch, object);
    const { cursor } = object;
    if (cursor.isDone) return 0;
    const { block } = cursor;
    const size = this.#source(batch, object, block, cursor.encodingSymbolId, 0);
    if (size === 0) return 0;
    this.#stats.dataBytes += size;
    this.#stats.dataCount += 1;
    if (cursor.advance()) this.#onBlockSent(now, object, block);
    return size;
  }

  /** A datagram of a repair: the symbol with this id, or, without, fresh parity. */
  repair(batch: DatagramBatch, repair: BlockRepair, named: number | undefined): number {
    const { object, block } = repair;
    if (block === INFO_BLOCK) {
      repair.explicit.clear();
      return object.info === undefined ? 0 : this.#writer.info(batch, object, object.info, OBJECT_FLAG.repair);
    }
    return this.#counted(named === undefined ? this.#freshParity(batch, repair) : this.#named(batch, repair, named));
  }

  #named(batch: DatagramBatch, { object, block, explicit }: BlockRepair, symbol: number): number {
    explicit.delete(symbol);
    const sourceCount = object.partition.lengthOf(block);
    const flags = OBJECT_FLAG.repair | OBJECT_FLAG.explicit;
    if (symbol < sourceCount) return this.#source(batch, object, block, symbol, flags);
    return this.#parity(batch, object, block, symbol - sourceCount, 1, flags);
  }

  #freshParity(batch: DatagramBatch, repair: BlockRepair): number {
    const { object, block } = repair;
    if (object.parityLeft(block) <= 0) {
      // It was a straggler's, and served after others, who took what was left: it asks for its symbols by name.
      repair.parity = 0;
      return 0;
    }
    const ahead = repair.parity;
    repair.parity -= 1;
    return this.#parity(batch, object, block, object.takeParity(block), ahead, OBJECT_FLAG.repair);
  }

  #proactiveParity(batch: DatagramBatch, object: SenderObject): number {
    const ahead = object.parityDue;
    object.parityDue -= 1;
    const block = object.parityBlock;
    return this.#counted(this.#parity(batch, object, block, object.takeParity(block), ahead, 0));
  }

  #onBlockSent(now: Micros, object: SenderObject, block: number): void {
    const planned = this.#proactive === 'auto' ? this.#planner.count : this.#proactive;
    object.parityBlock = block;
    object.parityDue = Math.min(planned, object.parityLeft(block));
    if (this.#proactive === 'auto') this.#planner.onBlockSent(now, object, block, object.parityDue);
  }

  #counted(size: number): number {
    this.#stats.repairBytes += size;
    if (size > 0) this.#stats.repairCount += 1;
    return size;
  }

  #source(batch: DatagramBatch, object: SenderObject, block: number, symbol: number, flags: number): number {
    const { partition } = object;
    const cached = this.#load(object, block);
    if (cached === undefined) return 0;
    const whole = cached.slot.symbol(symbol);
    const size = partition.symbolBytes(partition.firstSymbolOf(block) + symbol);
    const payload = size === whole.length ? whole : whole.subarray(0, size);
    return this.#writer.data(batch, object, block, symbol, payload, flags);
  }

  /** `ahead`: how many repair symbols from this one on will be sent, so that they are computed together. */
  #parity(
    batch: DatagramBatch,
    object: SenderObject,
    block: number,
    repairIndex: number,
    ahead: number,
    flags: number,
  ): number {
    const cached = this.#load(object, block);
    if (cached === undefined) return 0;
    const symbol = this.#blocks.repairSymbol(cached, repairIndex, ahead);
    this.#stats.parityCount += 1;
    return this.#writer.data(batch, object, block, object.partition.lengthOf(block) + repairIndex, symbol, flags);
  }

  #load(object: SenderObject, block: number): CachedBlock | undefined {
    try {
      return this.#blocks.load(object, block);
    } catch (error) {
      this.#onFailed(object, error);
      return undefined;
    }
  }
}
