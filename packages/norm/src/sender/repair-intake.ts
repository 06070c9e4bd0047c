import type { RepairDemandReader } from '../object/repair-demand.ts';
import { SymbolBits } from '../object/symbol-bits.ts';
import { NACK_VISITS_MAX, OBJECTS_PER_SENDER_MAX, REPAIR_PENDING_MAX_BLOCKS } from '../limits.ts';
import { nextToi } from '../wire/serial.ts';
import type { ObjectWindow } from './object-window.ts';
import type { ParityPlanner } from './parity-planner.ts';
import type { RepairQueue, RequestTiming } from './repair-queue.ts';
import type { SenderObject } from './sender-object.ts';

const NO_SYMBOLS = new SymbolBits();
const FIRST_SYMBOL = new SymbolBits();
FIRST_SYMBOL.add(0);

/**
 * Takes in what one NACK asks for: bounds it by what there is, queues what has been sent once already, and notes the
 * objects that the sender no longer has. What lies ahead of the transmission is on its way without asking.
 */
export class RepairIntake implements RepairDemandReader {
  readonly #window: ObjectWindow;
  readonly #queue: RepairQueue;
  /** Undefined: what is asked for here says nothing about what to send unasked. */
  readonly #planner: ParityPlanner | undefined;
  readonly #invalidTois: Set<number>;
  #timing: RequestTiming = { now: 0, heardUntil: undefined, spareParity: 0, holdOff: 0 };
  /** Whether anything of this NACK was new. */
  hasAdded = false;
  symbolsRequested = 0;
  /** How many symbols it adds to what is pending. */
  symbolsAdded = 0;
  /** Something was asked for that its maker's allowance did not cover. */
  wasDenied = false;
  #allowance = Infinity;
  #visitsLeft = 0;

  /** @param invalidTois takes the objects that were asked for and are gone */
  constructor(window: ObjectWindow, queue: RepairQueue, planner: ParityPlanner | undefined, invalidTois: Set<number>) {
    this.#invalidTois = invalidTois;
    this.#window = window;
    this.#queue = queue;
    this.#planner = planner;
  }

  /** @param allowance how many symbols may be added before the rest is left; the last block may go a little beyond. */
  begin(timing: RequestTiming, allowance = Infinity): void {
    this.#timing = timing;
    this.hasAdded = false;
    this.symbolsRequested = 0;
    this.symbolsAdded = 0;
    this.wasDenied = false;
    this.#allowance = allowance;
    this.#visitsLeft = NACK_VISITS_MAX;
  }

  info(firstToi: number, lastToi: number): void {
    this.#forEachObject(firstToi, lastToi, (object) => this.#requestInfo(object));
  }

  objects(firstToi: number, lastToi: number): void {
    this.#forEachObject(firstToi, lastToi, (object) => {
      this.#requestInfo(object);
      // Who asks for the whole may have most of it, and not know: one symbol announces it, and then it asks for what it lacks.
      if (object.isPartial) this.#request(object, 0, FIRST_SYMBOL, 1);
      else this.#requestBlocks(object, 0, object.partition.blockCount - 1);
    });
  }

  blocks(toi: number, firstBlock: number, lastBlock: number): void {
    const object = this.#objectOf(toi);
    if (object !== undefined) this.#requestBlocks(object, firstBlock, lastBlock);
  }

  symbols(toi: number, block: number, symbols: SymbolBits): void {
    const object = this.#objectOf(toi);
    if (object === undefined || block >= object.partition.blockCount) return;
    // Ids beyond what the block has are nobody's need.
    const encodingSymbolCount = object.partition.lengthOf(block) + object.oti.repairSymbolCount;
    let count = 0;
    for (let symbol = symbols.next(0); symbol >= 0; symbol = symbols.next(symbol + 1)) {
      if (symbol < encodingSymbolCount) count += 1;
      else symbols.delete(symbol);
    }
    if (count > 0) this.#request(object, block, symbols, count);
  }

  erasures(toi: number, block: number, count: number): void {
    const object = this.#objectOf(toi);
    if (object === undefined || block >= object.partition.blockCount || count === 0) return;
    // Nothing is named here: what fresh parity cannot mend takes the whole block.
    const canMend = count <= object.parityLeft(block);
    this.#request(object, block, NO_SYMBOLS, canMend ? count : object.partition.lengthOf(block));
  }

  #request(object: SenderObject, block: number, symbols: SymbolBits, count: number): void {
    if (this.#visitsLeft === 0 || !object.cursor.hasPassed(block)) return;
    this.#visitsLeft -= 1;
    this.symbolsRequested += count;
    if (this.symbolsAdded >= this.#allowance) {
      this.wasDenied = true;
      return;
    }
    // Who lacks most of a block was not there, or could not place it yet: parity sent unasked is no remedy for that.
    const need = this.#queue.parityHeard(this.#timing, object, block) + count;
    if (2 * need <= object.partition.lengthOf(block)) this.#planner?.onRequest(object, block, need);
    const added = this.#queue.request(this.#timing, object, block, symbols, count);
    this.symbolsAdded += added;
    if (added > 0) this.hasAdded = true;
  }

  #requestBlocks(object: SenderObject, firstBlock: number, lastBlock: number): void {
    const last = Math.min(lastBlock, object.partition.blockCount - 1, firstBlock + REPAIR_PENDING_MAX_BLOCKS);
    for (let block = firstBlock; block <= last && this.#visitsLeft > 0 && object.cursor.hasPassed(block); block += 1) {
      this.#request(object, block, NO_SYMBOLS, object.partition.lengthOf(block));
    }
  }

  #requestInfo(object: SenderObject): void {
    if (object.info === undefined || !object.infoSent) return;
    this.symbolsRequested += 1;
    if (this.symbolsAdded >= this.#allowance) {
      this.wasDenied = true;
      return;
    }
    if (!this.#queue.requestInfo(this.#timing, object)) return;
    this.symbolsAdded += 1;
    this.hasAdded = true;
  }

  #forEachObject(firstToi: number, lastToi: number, visit: (object: SenderObject) => void): void {
    let toi = firstToi;
    for (let count = 0; count < OBJECTS_PER_SENDER_MAX && this.#visitsLeft > 0; count += 1) {
      this.#visitsLeft -= 1;
      const object = this.#objectOf(toi);
      if (object !== undefined) visit(object);
      if (toi === lastToi) return;
      toi = nextToi(toi);
    }
  }

  #objectOf(toi: number): SenderObject | undefined {
    if (this.#window.isFuture(toi)) return undefined;
    const object = this.#window.get(toi);
    if (object === undefined && this.#invalidTois.size < OBJECTS_PER_SENDER_MAX) this.#invalidTois.add(toi);
    return object;
  }
}
