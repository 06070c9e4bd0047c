import { SymbolBits } from '../object/symbol-bits.ts';
import { REPAIR_PENDING_MAX_BLOCKS } from '../limits.ts';
import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import type { SenderObject } from './sender-object.ts';

/** The block number under which an object's INFO is repaired. */
export const INFO_BLOCK = -1;

/** When a request came, and how it is to be timed. */
export interface RequestTiming {
  readonly now: Micros;
  /** What was sent before, its maker had got or lost when it asked. Undefined: it does not say. */
  readonly heardUntil: Micros | undefined;
  /** Fresh parity to send beyond what is asked for, in case some of it is lost as well. */
  readonly spareParity: number;
  /** How long after a block's repair requests for it are ignored in any case. */
  readonly holdOff: Micros;
}

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
  /** When it was first asked for. */
  readonly requestedAt: Micros;
  isStarted = false;
  /** The group was told of all of it. */
  isAdvertised = false;

  constructor(object: SenderObject, block: number, requestedAt: Micros) {
    this.object = object;
    this.block = block;
    this.requestedAt = requestedAt;
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
 *
 * Requests that were made before a block's repair arrived are ignored: those that come within a hold-off, and those whose
 * maker says that it had not yet got so far. The second matters where datagrams queue up in front of a busy receiver, and
 * the way takes much longer than the GRTT.
 */
export class RepairQueue {
  readonly #pending = new Map<number, BlockRepair>();
  /** When a block was last repaired; oldest first. */
  readonly #repairedAt = new Map<number, Micros>();
  #first: BlockRepair | undefined;

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** When the first repair may be sent, requests for a block being gathered for so long as the GRTT now demands. */
  readyAt(aggregation: Micros): Micros | undefined {
    const first = this.#first;
    return first === undefined || first.isStarted ? first?.requestedAt : first.requestedAt + aggregation;
  }

  /**
   * A receiver lacks `count` symbols of the block, and names `symbols`, which it does not have. Returns whether that
   * adds to what is pending.
   */
  request(timing: RequestTiming, object: SenderObject, block: number, symbols: SymbolBits, count: number): boolean {
    const repair = this.#repairOf(timing, object, block);
    if (repair === undefined) return false;
    const hasGrown = this.#grow(timing, repair, symbols, count);
    if (hasGrown) repair.isAdvertised = false;
    return hasGrown;
  }

  #grow(timing: RequestTiming, repair: BlockRepair, symbols: SymbolBits, count: number): boolean {
    const { object, block } = repair;
    const sourceCount = object.partition.lengthOf(block);
    if (count >= sourceCount) return this.#requestAll(repair, sourceCount);
    const wasNeeded = repair.need;
    if (count > repair.need) {
      const unused = object.parityLeft(block) - repair.parity;
      const spare = repair.need === 0 ? timing.spareParity : 0;
      const allotted = Math.min(unused, count - repair.need + spare);
      repair.parity += allotted;
      repair.parityAllotted += allotted;
      repair.need = count;
    }
    const grew = repair.need > wasNeeded;
    return this.#nameSymbols(repair, symbols, count) || grew;
  }

  requestInfo(timing: RequestTiming, object: SenderObject): boolean {
    const repair = this.#repairOf(timing, object, INFO_BLOCK);
    if (repair === undefined || repair.need > 0) return false;
    repair.need = 1;
    repair.explicit.add(0);
    return true;
  }

  /** The repair that is to be sent now; other receivers' requests for a block are gathered for the time `aggregation`. */
  next(now: Micros, aggregation: Micros): BlockRepair | undefined {
    const first = this.#first;
    if (first === undefined || (!first.isStarted && first.requestedAt + aggregation > now)) return undefined;
    first.isStarted = true;
    return first;
  }

  /** Everything of this repair has been sent. */
  onSent(now: Micros, repair: BlockRepair): void {
    const key = keyOf(repair.object, repair.block);
    this.#pending.delete(key);
    this.#findFirst();
    this.#repairedAt.delete(key);
    this.#repairedAt.set(key, now);
  }

  /** Repairs of which nothing has been sent yet and the group does not know, oldest first. */
  *unadvertised(): Generator<BlockRepair> {
    for (const repair of this.#pending.values()) if (!repair.isStarted && !repair.isAdvertised) yield repair;
  }

  forget(object: SenderObject): void {
    for (const [key, repair] of this.#pending) if (repair.object === object) this.#pending.delete(key);
    for (const key of this.#repairedAt.keys()) if (toiOf(key) === object.toi) this.#repairedAt.delete(key);
    this.#findFirst();
  }

  #findFirst(): void {
    this.#first = this.#pending.values().next().value;
  }

  #repairOf(timing: RequestTiming, object: SenderObject, block: number): BlockRepair | undefined {
    const key = keyOf(object, block);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    this.#forgetOldRepairs(timing.now);
    if (this.#isOutdated(timing, key) || this.#pending.size >= REPAIR_PENDING_MAX_BLOCKS) return undefined;
    const repair = new BlockRepair(object, block, timing.now);
    this.#pending.set(key, repair);
    this.#first ??= repair;
    return repair;
  }

  /** Whether the request was made before the block's last repair can have arrived. */
  #isOutdated({ now, heardUntil, holdOff }: RequestTiming, key: number): boolean {
    const repairedAt = this.#repairedAt.get(key);
    if (repairedAt === undefined) return false;
    return now < repairedAt + holdOff || (heardUntil !== undefined && heardUntil < repairedAt);
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

  #forgetOldRepairs(now: Micros): void {
    for (const [key, repairedAt] of this.#repairedAt) {
      if (repairedAt + REPAIR_REMEMBERED_MICROS > now && this.#repairedAt.size <= REPAIR_PENDING_MAX_BLOCKS) return;
      this.#repairedAt.delete(key);
    }
  }
}

/** A request cannot be on its way for longer than the longest GRTT that is advertised, and one hold-off more. */
const REPAIR_REMEMBERED_MICROS = 30 * MICROS_PER_SECOND;

function keyOf(object: SenderObject, block: number): number {
  return object.toi * KEYS_PER_OBJECT + block + 1;
}

function toiOf(key: number): number {
  return Math.floor(key / KEYS_PER_OBJECT);
}

/** Block numbers have at most 24 bits, and the INFO comes in front. */
const KEYS_PER_OBJECT = 2 ** 25;
