import { MICROS_PER_SECOND, type Micros } from '../time.ts';

/** How much is spent on datagrams that may be of another roll-over count: a token bucket, so that strangers cannot run it up. */
export class SearchBudget {
  readonly #perSecond: number;
  readonly #most: number;
  #left: number;
  #filledAt: Micros | undefined;

  constructor(perSecond: number, most: number) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#left = most;
  }

  /** Takes up to `wanted`; returns how many. */
  take(now: Micros, wanted: number): number {
    const since = now - (this.#filledAt ?? now);
    this.#filledAt = now;
    this.#left = Math.min(this.#most, this.#left + (since * this.#perSecond) / MICROS_PER_SECOND);
    const taken = Math.max(0, Math.min(wanted, Math.floor(this.#left)));
    this.#left -= taken;
    return taken;
  }
}
