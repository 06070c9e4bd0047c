import type { Micros } from '../time.ts';

/** Instants of which the count of repair symbols is remembered exactly; of earlier ones, roughly. */
const INSTANTS_MAX = 32;

/**
 * What was sent for the repair of one block, and when: so that a request can be held against what its maker cannot have
 * heard of yet. `begin` makes it another block's.
 */
export class RepairHistory {
  /** Repair symbols that were sent up to each instant, ascending, and before the first of them. */
  readonly #instants: Micros[] = [];
  readonly #totals: number[] = [];
  #totalBefore = 0;
  /** When each symbol that was named was last sent; made when the first is. */
  #namedAt: Float64Array | undefined;

  /** Nothing was sent for the repair of the block yet, and so many repair symbols otherwise. */
  begin(paritySent: number): void {
    this.#totalBefore = paritySent;
    this.#instants.length = 0;
    this.#totals.length = 0;
    this.#namedAt?.fill(-Infinity);
  }

  onParitySent(now: Micros, total: number): void {
    const last = this.#instants.length - 1;
    if (this.#instants[last] === now) {
      this.#totals[last] = total;
      return;
    }
    this.#instants.push(now);
    this.#totals.push(total);
    if (this.#instants.length <= INSTANTS_MAX) return;
    this.#instants.shift();
    this.#totalBefore = this.#totals.shift() ?? total;
  }

  onNamedSent(now: Micros, symbol: number, symbolCount: number): void {
    if (this.#namedAt === undefined || this.#namedAt.length < symbolCount) {
      const longer = new Float64Array(symbolCount).fill(-Infinity);
      if (this.#namedAt !== undefined) longer.set(this.#namedAt);
      this.#namedAt = longer;
    }
    this.#namedAt[symbol] = now;
  }

  /**
   * How many of the block's repair symbols had been sent at this instant, `total` until now. What was sent otherwise than
   * as this repair (unasked, or for stragglers) since the last of it counts as heard: one too many is sent rather than none.
   */
  paritySentBy(instant: Micros, total: number): number {
    const last = this.#instants.length - 1;
    if (last < 0 || this.#instants[last]! <= instant) return total;
    for (let index = last - 1; index >= 0; index -= 1) {
      if (this.#instants[index]! <= instant) return this.#totals[index]!;
    }
    return this.#totalBefore;
  }

  /** Whether the symbol was sent by its name after this instant. */
  wasNamedSentAfter(instant: Micros, symbol: number): boolean {
    return this.#namedAt !== undefined && this.#namedAt[symbol]! > instant;
  }
}
