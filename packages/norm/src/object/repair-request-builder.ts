import type { FecEncodingId } from '../wire/fec-payload-id.ts';
import type { ObjectPosition } from '../wire/object-position.ts';
import {
  REPAIR_FLAG,
  REPAIR_ITEM_SIZE,
  REPAIR_RANGE_SIZE,
  REPAIR_REQUEST_HEADER_SIZE,
  type RepairRange,
  type RepairRequest,
} from '../wire/repair-request.ts';
import type { SymbolBits } from './symbol-bits.ts';

/**
 * Gathers what is asked for into repair requests of at most a number of bytes. Neighbours are joined into ranges.
 *
 * Each `add` answers whether it fitted; after the first that did not, nothing more is taken, so that what is asked for
 * is always a prefix, in transmission order, of what is lacking.
 */
export class RepairRequestBuilder {
  readonly #requests: RepairRequest[] = [];
  readonly #sizeMax: number;
  #size = 0;
  #isFull = false;
  /** The run that may still grow. */
  #flags = 0;
  #first: ObjectPosition | undefined;
  #last: ObjectPosition | undefined;
  /** The request that is being filled. */
  #form: 'items' | 'ranges' | undefined;
  #openFlags = 0;
  #items: ObjectPosition[] = [];
  #ranges: RepairRange[] = [];

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  get isEmpty(): boolean {
    return this.#first === undefined && this.#size === 0;
  }

  addInfo(fecEncodingId: FecEncodingId, toi: number): boolean {
    return this.#addRun(REPAIR_FLAG.info, position(fecEncodingId, toi, 0, 0), position(fecEncodingId, toi, 0, 0));
  }

  addObject(fecEncodingId: FecEncodingId, toi: number): boolean {
    const whole = position(fecEncodingId, toi, 0, 0);
    if (this.#flags === REPAIR_FLAG.object && this.#last !== undefined && ((this.#last.toi + 1) & 0xffff) === toi) {
      return this.#extend(whole);
    }
    return this.#addRun(REPAIR_FLAG.object, whole, whole);
  }

  addBlock(fecEncodingId: FecEncodingId, toi: number, block: number): boolean {
    const whole = position(fecEncodingId, toi, block, 0);
    const last = this.#last;
    if (this.#flags === REPAIR_FLAG.block && last?.toi === toi && last.sourceBlockNumber + 1 === block) {
      return this.#extend(whole);
    }
    return this.#addRun(REPAIR_FLAG.block, whole, whole);
  }

  addSymbols(fecEncodingId: FecEncodingId, toi: number, block: number, symbols: SymbolBits): boolean {
    for (let first = symbols.next(0); first >= 0;) {
      let last = first;
      while (symbols.next(last + 1) === last + 1) last += 1;
      const from = position(fecEncodingId, toi, block, first);
      if (!this.#addRun(REPAIR_FLAG.segment, from, position(fecEncodingId, toi, block, last))) return false;
      first = symbols.next(last + 1);
    }
    return !this.#isFull;
  }

  /** The requests; the builder is done afterwards. */
  build(): readonly RepairRequest[] {
    this.#closeRun();
    this.#closeRequest();
    return this.#requests;
  }

  #extend(last: ObjectPosition): boolean {
    if (this.#isFull) return false;
    this.#last = last;
    return true;
  }

  #addRun(flags: number, first: ObjectPosition, last: ObjectPosition): boolean {
    if (this.#isFull) return false;
    this.#closeRun();
    // Room for the largest form, so that the run may still grow from an item to a range.
    if (this.#size + REPAIR_REQUEST_HEADER_SIZE + REPAIR_RANGE_SIZE > this.#sizeMax) {
      this.#isFull = true;
      return false;
    }
    this.#flags = flags;
    this.#first = first;
    this.#last = last;
    return true;
  }

  #closeRun(): void {
    const first = this.#first;
    const last = this.#last;
    if (first === undefined || last === undefined) return;
    this.#first = undefined;
    this.#last = undefined;
    const form = isSame(first, last) ? 'items' : 'ranges';
    if (this.#form !== form || this.#openFlags !== this.#flags) {
      this.#closeRequest();
      this.#form = form;
      this.#openFlags = this.#flags;
      this.#size += REPAIR_REQUEST_HEADER_SIZE;
    }
    if (form === 'items') this.#items.push(first);
    else this.#ranges.push({ first, last });
    this.#size += form === 'items' ? REPAIR_ITEM_SIZE : REPAIR_RANGE_SIZE;
  }

  #closeRequest(): void {
    const flags = this.#openFlags;
    if (this.#items.length > 0) this.#requests.push({ form: 'items', flags, items: this.#items });
    if (this.#ranges.length > 0) this.#requests.push({ form: 'ranges', flags, ranges: this.#ranges });
    this.#items = [];
    this.#ranges = [];
    this.#form = undefined;
  }
}

function position(
  fecEncodingId: FecEncodingId,
  toi: number,
  sourceBlockNumber: number,
  encodingSymbolId: number,
): ObjectPosition {
  return { fecEncodingId, toi, sourceBlockNumber, encodingSymbolId };
}

function isSame(a: ObjectPosition, b: ObjectPosition): boolean {
  return a.toi === b.toi && a.sourceBlockNumber === b.sourceBlockNumber && a.encodingSymbolId === b.encodingSymbolId;
}
