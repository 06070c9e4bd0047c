import type { Micros } from '../time.ts';

/** The least of the values of the last one to two windows: of the present window and of the one before. */
export class WindowedMinimum {
  readonly #window: Micros;
  #start: Micros = -Infinity;
  #current = Infinity;
  #previous = Infinity;

  constructor(window: Micros) {
    this.#window = window;
  }

  /** Takes in a value, and returns the minimum. */
  add(now: Micros, value: number): number {
    const age = now - this.#start;
    if (age >= this.#window) {
      this.#previous = age < 2 * this.#window ? this.#current : Infinity;
      this.#current = Infinity;
      this.#start = now;
    }
    this.#current = Math.min(this.#current, value);
    return this.value;
  }

  /** As of the last value that came. Infinity: none has. */
  get value(): number {
    return Math.min(this.#current, this.#previous);
  }
}
