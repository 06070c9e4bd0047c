import { SymbolBits } from '../object/symbol-bits.ts';
import { REPAIR_PENDING_MAX_BLOCKS } from '../limits.ts';
import type { Micros } from '../time.ts';
import type { SenderObject } from './sender-object.ts';

/** The block number under which an object's INFO is repaired. */
export const INFO_BLOCK = -1;

/** What is still to be sent of one block, for all receivers together. */
export class BlockRepair {
  readonly object: SenderObject;
  readonly block: number;
  /** Symbols to send again, by their id. */
  readonly explicit = new SymbolBits();
  /** Repair symbols never sent before: each mends a different loss at every receiver. How many are still to be sent. */
  parity = 0;
  /** The same, with those that have been sent already. */
  parityAllotted = 0;
  /** The worst need of any receiver that this repair answers. */
  need = 0;
  /** Not before: until then other receivers' requests for the block are gathered. */
  readonly readyAt: Micros;
  isStarted = false;

  constructor(object: SenderObject, block: number, readyAt: Micros) {
    this.object = object;
    this.block = block;
    this.readyAt = readyAt;
  }

  get isDone(): boolean {
    return this.parity === 0 && this.explicit.isEmpty;
  }
}

/**
 * Blocks that receivers asked repair for, in the order in which they were first asked for. RFC 5740 §5.4.
 *
 * Requests for one block are aggregated for a while (`aggregation`), and answered by the worst need of all receivers in
 * repair symbols that nobody has seen yet, as long as the code has such; beyond, by the very symbols that were named.
 * After a block has been repaired, requests for it are ignored for a hold-off: they were made before the repair arrived.
 */
export class RepairQueue {
  readonly #pending = new Map<number, BlockRepair>();
  /** When the hold-off of a block that was repaired ends; in the order of the ends. */
  readonly #heldOff = new Map<number, Micros>();
  #first: BlockRepair | undefined;

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** When the first repair may be sent. */
  get readyAt(): Micros | undefined {
    return this.#first?.readyAt;
  }

  /**
   * A receiver lacks `count` symbols of the block, and names `symbols`, which it does not have. Returns whether that
   * adds to what is pending.
   */
  request(
    now: Micros,
    object: SenderObject,
    block: number,
    symbols: SymbolBits,
    count: number,
    aggregation: Micros,
  ): boolean {
    const repair = this.#repairOf(now, object, block, aggregation);
    if (repair === undefined) return false;
    const sourceCount = object.partition.lengthOf(block);
    if (count >= sourceCount) return this.#requestAll(repair, sourceCount);
    const wasNeeded = repair.need;
    if (count > repair.need) {
      const unused = object.parityLeft(block) - repair.parity;
      const allotted = Math.min(unused, count - repair.need);
      repair.parity += allotted;
      repair.parityAllotted += allotted;
      repair.need = count;
    }
    const grew = repair.need > wasNeeded;
    return this.#nameSymbols(repair, symbols, count) || grew;
  }

  requestInfo(now: Micros, object: SenderObject, aggregation: Micros): boolean {
    const repair = this.#repairOf(now, object, INFO_BLOCK, aggregation);
    if (repair === undefined || repair.need > 0) return false;
    repair.need = 1;
    repair.explicit.add(0);
    return true;
  }

  /** The repair that is to be sent now. */
  next(now: Micros): BlockRepair | undefined {
    const first = this.#first;
    if (first === undefined || first.readyAt > now) return undefined;
    first.isStarted = true;
    return first;
  }

  /** Everything of this repair has been sent. */
  onSent(now: Micros, repair: BlockRepair, holdOff: Micros): void {
    const key = keyOf(repair.object, repair.block);
    this.#pending.delete(key);
    this.#findFirst();
    this.#heldOff.delete(key);
    this.#heldOff.set(key, now + holdOff);
  }

  /** Repairs of which nothing has been sent yet, oldest first. */
  *waiting(): Generator<BlockRepair> {
    for (const repair of this.#pending.values()) if (!repair.isStarted) yield repair;
  }

  forget(object: SenderObject): void {
    for (const [key, repair] of this.#pending) if (repair.object === object) this.#pending.delete(key);
    for (const key of this.#heldOff.keys()) if (toiOf(key) === object.toi) this.#heldOff.delete(key);
    this.#findFirst();
  }

  #findFirst(): void {
    this.#first = this.#pending.values().next().value;
  }

  #repairOf(now: Micros, object: SenderObject, block: number, aggregation: Micros): BlockRepair | undefined {
    const key = keyOf(object, block);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    this.#endHoldOffs(now);
    if (this.#heldOff.has(key) || this.#pending.size >= REPAIR_PENDING_MAX_BLOCKS) return undefined;
    const repair = new BlockRepair(object, block, now + aggregation);
    this.#pending.set(key, repair);
    this.#first ??= repair;
    return repair;
  }

  /** All of the block is lacking somewhere: its source symbols serve everybody, and need no decoding. */
  #requestAll(repair: BlockRepair, sourceCount: number): boolean {
    if (repair.need >= sourceCount) return false;
    repair.need = sourceCount;
    repair.parity = 0;
    repair.explicit.addRun(0, sourceCount - 1);
    return true;
  }

  /** What fresh parity does not cover of a need is answered by symbols that were named: in their order, so that different receivers' answers overlap. */
  #nameSymbols(repair: BlockRepair, symbols: SymbolBits, count: number): boolean {
    let uncovered = count - repair.parityAllotted;
    if (uncovered <= 0) return false;
    let added = false;
    for (let symbol = symbols.next(0); symbol >= 0 && uncovered > 0; symbol = symbols.next(symbol + 1)) {
      uncovered -= 1;
      if (repair.explicit.has(symbol)) continue;
      repair.explicit.add(symbol);
      added = true;
    }
    return added;
  }

  #endHoldOffs(now: Micros): void {
    for (const [key, until] of this.#heldOff) {
      if (until > now) return;
      this.#heldOff.delete(key);
    }
  }
}

function keyOf(object: SenderObject, block: number): number {
  return object.toi * KEYS_PER_OBJECT + block + 1;
}

function toiOf(key: number): number {
  return Math.floor(key / KEYS_PER_OBJECT);
}

/** Block numbers have at most 24 bits, and the INFO comes in front. */
const KEYS_PER_OBJECT = 2 ** 25;
