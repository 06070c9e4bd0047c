/** Milliseconds that went by while something was not paused, looked at from time to time. */
export class PausableClock {
  readonly #now: () => number;
  #lookedAt: number;
  #elapsed = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#lookedAt = now();
  }

  /** The time since the last look counts unless it is (still) paused. Returns the time that counted so far. */
  tick(isPaused: boolean): number {
    const now = this.#now();
    if (!isPaused) this.#elapsed += now - this.#lookedAt;
    this.#lookedAt = now;
    return this.#elapsed;
  }
}
