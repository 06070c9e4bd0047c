/** Counts refused credentials by source, a minute at a time: guessing is slowed down, whatever it guesses. */
import { sourceOf } from './source-of.ts';
import { REFUSAL_SOURCES_MAX, REFUSED_CREDENTIALS_PER_MINUTE_MAX } from '../limits.ts';

export class Refusals {
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #since = -Infinity;

  constructor(now: () => number) {
    this.#now = now;
  }

  note(address: string): void {
    this.#turn();
    const source = sourceOf(address);
    if (!this.#counts.has(source) && this.#counts.size >= REFUSAL_SOURCES_MAX) return;
    this.#counts.set(source, (this.#counts.get(source) ?? 0) + 1);
  }

  /** Seconds until this address may try again; undefined: now. */
  waitSeconds(address: string): number | undefined {
    this.#turn();
    if ((this.#counts.get(sourceOf(address)) ?? 0) < REFUSED_CREDENTIALS_PER_MINUTE_MAX) return undefined;
    return Math.max(1, Math.ceil((this.#since + 60_000 - this.#now()) / 1000));
  }

  #turn(): void {
    if (this.#now() - this.#since < 60_000) return;
    this.#since = this.#now();
    this.#counts.clear();
  }
}
