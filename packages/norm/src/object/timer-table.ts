import type { Micros } from '../time.ts';

/**
 * Deadlines by name. The names, each with why one would wake up for it, are the table that is passed in: reading it is
 * reading what keeps a session going.
 */
export class TimerTable<Name extends string> {
  readonly #deadlines = new Map<Name, Micros>();

  set(name: Name, at: Micros): void {
    this.#deadlines.set(name, at);
  }

  /** Sets the timer unless it is already running. */
  start(name: Name, at: Micros): void {
    if (!this.#deadlines.has(name)) this.#deadlines.set(name, at);
  }

  stop(name: Name): void {
    this.#deadlines.delete(name);
  }

  isRunning(name: Name): boolean {
    return this.#deadlines.has(name);
  }

  at(name: Name): Micros | undefined {
    return this.#deadlines.get(name);
  }

  isDue(name: Name, now: Micros): boolean {
    const at = this.#deadlines.get(name);
    return at !== undefined && at <= now;
  }

  get earliest(): Micros | undefined {
    let earliest: Micros | undefined;
    for (const at of this.#deadlines.values()) if (earliest === undefined || at < earliest) earliest = at;
    return earliest;
  }
}
