/** Counts refusals by source, a window at a time, so that whoever guesses cannot fill the audit log. */
import { AUDIT_REFUSAL_SOURCES_MAX, AUDIT_REFUSALS_WINDOW_MS } from '../limits.ts';

export interface RefusedSource {
  readonly source: string;
  /** Beyond the one that was told when the window began. */
  readonly count: number;
}

export class RefusalTally {
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #since = -Infinity;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `begun`: it is the first of this source in this window. `ended`: what the window before it is to tell. */
  note(source: string): { readonly begun: boolean; readonly ended: readonly RefusedSource[] } {
    const ended = this.takeEnded(false);
    if (this.#counts.size === 0) this.#since = this.#now();
    const isKnown = this.#counts.has(source);
    const isOneTooMany = !isKnown && this.#counts.size >= AUDIT_REFUSAL_SOURCES_MAX;
    const key = isOneTooMany ? OTHERS : source;
    // Those that are not told apart are only counted.
    this.#counts.set(key, (this.#counts.get(key) ?? (isOneTooMany ? 0 : -1)) + 1);
    return { begun: !isKnown && !isOneTooMany, ended };
  }

  takeEnded(isLast: boolean): readonly RefusedSource[] {
    if (!isLast && this.#now() - this.#since < AUDIT_REFUSALS_WINDOW_MS) return [];
    const ended = [...this.#counts].map(([source, count]) => ({ source, count })).filter(({ count }) => count > 0);
    this.#counts.clear();
    return ended;
  }
}

const OTHERS = 'others';
