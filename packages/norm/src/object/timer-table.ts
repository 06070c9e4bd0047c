import type { Micros } from '../time.ts';

/**
 * Deadlines by name. The names, each with why one would wake up for it, are the table that is passed in: reading it is
 * reading what keeps a session going.
 */
export class TimerTable<Name extends string> {
  readonly #deadlines = new Map<Name, Micros>();
  /** Kept, because it is asked for with each datagram. Infinity: none. */
  #earliest: Micros = Infinity;

  set(name: Name, at: Micros): void {
    this.#deadlines.set(name, at);
    if (at <= this.#earliest) this.#earliest = at;
    else this.#findEarliest();
  }

  /** Sets the timer unless it is already running. */
  start(name: Name, at: Micros): void {
    if (!this.#deadlines.has(name)) this.set(name, at);
  }

  stop(name: Name): void {
    if (this.#deadlines.delete(name)) this.#findEarliest();
  }

  isRunning(name: Name): boolean {
    return this.#deadlines.has(name);
  }

  at(name: Name): Micros | undefined {
    return this.#deadlines.get(name);
  }

  isDue(name: Name, now: Micros): boolean {
    if (now < this.#earliest) return false;
    const at = this.#deadlines.get(name);
    return at !== undefined && at <= now;
  }

  get earliest(): Micros | undefined {
    return this.#earliest === Infinity ? undefined : this.#earliest;
  }

  #findEarliest(): void {
    this.#earliest = Infinity;
    for (const at of this.#deadlines.values()) if (at < this.#earliest) this.#earliest = at;
  }
}
