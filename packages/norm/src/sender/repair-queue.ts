import { SymbolBits } from '../object/symbol-bits.ts';
import { REPAIR_PENDING_MAX_BLOCKS, REPAIRS_REMEMBERED_MAX_BLOCKS, REPAIRS_SPARE_MAX } from '../limits.ts';
import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import { RepairHistory } from './repair-history.ts';
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
  /** Where its maker does not say how much it had heard: how old a request is taken to be. */
  readonly holdOff: Micros;
}

/** What is still to be sent of one block, for all receivers together. */
export class BlockRepair {
  readonly object: SenderObject;
  readonly block: number;
  readonly history: RepairHistory;
  /** Symbols to send again, by their id. */
  readonly explicit = new SymbolBits();
  /** Repair symbols never sent before: each mends a different loss at every receiver. How many are still to be sent. */
  parity = 0;
  /** How many of them, sent or not, are more than anybody asked for. */
  spare = 0;
  /** Some receiver lacks all of it. */
  isWhole = false;
  /** When it was first asked for. */
  readonly requestedAt: Micros;
  isStarted = false;
  /** The group was told of all of it. */
  isAdvertised = false;

  constructor(object: SenderObject, block: number, requestedAt: Micros, history: RepairHistory) {
    this.object = object;
    this.block = block;
    this.requestedAt = requestedAt;
    this.history = history;
  }

  /** The symbol to send again next, before any fresh parity. */
  get nextNamed(): number | undefined {
    const symbol = this.explicit.next(0);
    return symbol < 0 ? undefined : symbol;
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
 * A request is read as it was meant when it was made: what was sent after that, its maker will count itself. So a receiver
 * that lacks n symbols and had heard of the first m repair symbols of a block needs m + n of them in all, whatever has been
 * sent since; and requests that come while the block is being repaired, or late, where datagrams queue up in front of
 * a busy receiver, are answered once.
 */
export class RepairQueue {
  readonly #pending = new Map<number, BlockRepair>();
  /** What was sent of blocks that were repaired; the longest ago first. */
  readonly #repaired = new Map<number, { readonly history: RepairHistory; readonly sentAt: Micros }>();
  /** Of blocks that are forgotten: thousands a second would be garbage that only a whole collection finds. */
  readonly #spareHistories: RepairHistory[] = [];
  #first: BlockRepair | undefined;

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** When the first repair may be sent, requests for a block being gathered for so long as the GRTT now demands. */
  readyAt(aggregation: Micros): Micros | undefined {
    const first = this.#first;
    return first === undefined || first.isStarted ? first?.requestedAt : first.requestedAt + aggregation;
  }

  /** How many of the block's repair symbols the maker of a request had heard of when it asked. */
  parityHeard(timing: RequestTiming, object: SenderObject, block: number): number {
    const key = keyOf(object, block);
    const history = this.#pending.get(key)?.history ?? this.#repaired.get(key)?.history;
    const total = object.paritySent[block]!;
    return history === undefined ? total : history.paritySentBy(heardUntil(timing), total);
  }

  /**
   * A receiver lacks `count` symbols of the block, and names `symbols`, which it does not have. Returns how many symbols
   * that adds to what is pending.
   */
  request(timing: RequestTiming, object: SenderObject, block: number, symbols: SymbolBits, count: number): number {
    const repair = this.#repairOf(timing, object, block);
    if (repair === undefined) return 0;
    const sourceCount = object.partition.lengthOf(block);
    const added =
      count >= sourceCount
        ? this.#requestAll(timing, repair, sourceCount)
        : this.#grow(timing, repair, symbols, count, sourceCount);
    if (added > 0) this.#enqueue(repair);
    return added;
  }

  #grow(timing: RequestTiming, repair: BlockRepair, symbols: SymbolBits, count: number, sourceCount: number): number {
    const { object, block } = repair;
    const sent = object.paritySent[block]!;
    const planned = sent + repair.parity - repair.spare;
    const lacking = repair.history.paritySentBy(heardUntil(timing), sent) + count - planned;
    if (lacking <= 0) return 0;
    const spare = Math.max(0, timing.spareParity - repair.spare);
    const fresh = Math.min(object.parityLeft(block) - repair.parity, lacking + spare);
    repair.parity += fresh;
    repair.spare += Math.max(0, fresh - lacking);
    if (fresh >= lacking) return fresh;
    return fresh + this.#nameSymbols(timing, repair, symbols, lacking - fresh, sourceCount + sent);
  }

  requestInfo(timing: RequestTiming, object: SenderObject): boolean {
    const repair = this.#repairOf(timing, object, INFO_BLOCK);
    if (repair === undefined || !this.#name(timing, repair, 0)) return false;
    return this.#enqueue(repair);
  }

  /** The repair that is to be sent now; other receivers' requests for a block are gathered for the time `aggregation`. */
  next(now: Micros, aggregation: Micros): BlockRepair | undefined {
    const first = this.#first;
    if (first === undefined || (!first.isStarted && first.requestedAt + aggregation > now)) return undefined;
    first.isStarted = true;
    return first;
  }

  /** A symbol of this repair has been sent: the one with this id, or, without, fresh parity. Returns whether it was the last. */
  onSent(now: Micros, repair: BlockRepair, named: number | undefined): boolean {
    const { object, block, history } = repair;
    if (named === undefined) history.onParitySent(now, object.paritySent[block]!);
    else history.onNamedSent(now, named, symbolCountOf(object, block));
    return repair.isDone && this.#close(now, repair);
  }

  /** Repairs of which nothing has been sent yet and the group does not know, oldest first. */
  *unadvertised(): Generator<BlockRepair> {
    for (const repair of this.#pending.values()) if (!repair.isStarted && !repair.isAdvertised) yield repair;
  }

  forget(object: SenderObject): void {
    for (const [key, repair] of this.#pending) if (repair.object === object) this.#pending.delete(key);
    for (const key of this.#repaired.keys()) if (toiOf(key) === object.toi) this.#repaired.delete(key);
    this.#findFirst();
  }

  #findFirst(): void {
    this.#first = this.#pending.values().next().value;
  }

  /** What is pending of the block, or what is not yet. */
  #repairOf(timing: RequestTiming, object: SenderObject, block: number): BlockRepair | undefined {
    const key = keyOf(object, block);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= REPAIR_PENDING_MAX_BLOCKS) return undefined;
    const history = this.#repaired.get(key)?.history ?? this.#newHistory(object.paritySent[block] ?? 0);
    return new BlockRepair(object, block, timing.now, history);
  }

  #newHistory(paritySent: number): RepairHistory {
    const history = this.#spareHistories.pop() ?? new RepairHistory();
    history.begin(paritySent);
    return history;
  }

  #enqueue(repair: BlockRepair): true {
    repair.isAdvertised = false;
    this.#pending.set(keyOf(repair.object, repair.block), repair);
    this.#first ??= repair;
    return true;
  }

  /** Everything of this repair has been sent. */
  #close(now: Micros, repair: BlockRepair): true {
    const key = keyOf(repair.object, repair.block);
    this.#pending.delete(key);
    this.#findFirst();
    this.#repaired.delete(key);
    this.#repaired.set(key, { history: repair.history, sentAt: now });
    this.#forgetOldRepairs(now);
    return true;
  }

  /** All of the block is lacking somewhere: its source symbols serve everybody, and need no decoding. */
  #requestAll(timing: RequestTiming, repair: BlockRepair, sourceCount: number): number {
    let added = 0;
    for (let symbol = 0; symbol < sourceCount; symbol += 1) {
      if (this.#name(timing, repair, symbol)) added += 1;
    }
    if (added === 0) return 0;
    repair.isWhole = true;
    // Nobody lacks more than all of it.
    repair.parity = 0;
    return added;
  }

  /**
   * What fresh parity does not cover of a need is answered by symbols that were named: in their order, so that different
   * receivers' answers overlap. From `firstUnsent` on they are such as were never sent: fresh parity, which is counted.
   */
  #nameSymbols(
    timing: RequestTiming,
    repair: BlockRepair,
    symbols: SymbolBits,
    count: number,
    firstUnsent: number,
  ): number {
    let uncovered = count;
    let added = 0;
    for (let symbol = symbols.next(0); symbol >= 0 && uncovered > 0; symbol = symbols.next(symbol + 1)) {
      if (symbol >= firstUnsent) break;
      uncovered -= 1;
      if (this.#name(timing, repair, symbol)) added += 1;
    }
    return added;
  }

  /** Has a symbol sent again, unless it will be, or is on its way to who asks for it. */
  #name(timing: RequestTiming, repair: BlockRepair, symbol: number): boolean {
    if (repair.explicit.has(symbol) || repair.history.wasNamedSentAfter(heardUntil(timing), symbol)) return false;
    repair.explicit.add(symbol);
    return true;
  }

  #forgetOldRepairs(now: Micros): void {
    for (const [key, { history, sentAt }] of this.#repaired) {
      if (sentAt + REPAIR_REMEMBERED_MICROS > now && this.#repaired.size <= REPAIRS_REMEMBERED_MAX_BLOCKS) return;
      this.#repaired.delete(key);
      // What is pending of the block goes on with it.
      if (!this.#pending.has(key) && this.#spareHistories.length < REPAIRS_SPARE_MAX)
        this.#spareHistories.push(history);
    }
  }
}

/** A request cannot be on its way for longer than the longest GRTT that is advertised, and one hold-off more. */
const REPAIR_REMEMBERED_MICROS = 30 * MICROS_PER_SECOND;

/** What its maker had heard of, of all that was sent until now. */
function heardUntil({ now, heardUntil: told, holdOff }: RequestTiming): Micros {
  return told ?? now - holdOff;
}

function symbolCountOf(object: SenderObject, block: number): number {
  return block === INFO_BLOCK ? 1 : object.partition.lengthOf(block) + object.oti.repairSymbolCount;
}

function keyOf(object: SenderObject, block: number): number {
  return object.toi * KEYS_PER_OBJECT + block + 1;
}

function toiOf(key: number): number {
  return Math.floor(key / KEYS_PER_OBJECT);
}

/** Block numbers have at most 24 bits, and the INFO comes in front. */
const KEYS_PER_OBJECT = 2 ** 25;
