import type { Micros } from '../time.ts';

const INTERVAL_GROWTH = 1.25;
/** Twenty repeats on a local network so last half a second: longer than a busy machine stalls its processes. */
const INTERVAL_GROWN_MAX_MICROS = 100_000;

/**
 * How long to wait after repeat number `index` (from 0): 2 × GRTT, as RFC 5740 §5.1 has it. Where that is very short it
 * grows from one to the next, so that a receiver whose process does not get to run still hears one of them.
 */
export function repeatInterval(index: number, grtt: Micros): Micros {
  const grown = Math.min(INTERVAL_GROWN_MAX_MICROS, 2 * grtt * INTERVAL_GROWTH ** index);
  return Math.round(Math.max(2 * grtt, grown));
}

/**
 * When to send the next of a row of commands that all say the same: NORM_CMD(FLUSH) once there is nothing else to
 * send, and NORM_CMD(EOT) at the very end. `repeatCount` of them, `repeatInterval` apart. RFC 5740 §4.2.3.1, §4.2.3.2, §5.1.
 */
export class FlushSchedule {
  readonly #repeatCount: number;
  #sentCount = 0;
  #nextAt: Micros = 0;

  constructor(repeatCount: number) {
    this.#repeatCount = repeatCount;
  }

  /** Something happened that the row must begin anew for. The first goes out at once, but not closer than the others. */
  restart(): void {
    this.#sentCount = 0;
  }

  /** Nothing more needs to be said. */
  finish(): void {
    this.#sentCount = this.#repeatCount;
  }

  get isDue(): boolean {
    return this.#sentCount < this.#repeatCount;
  }

  /** When the next one goes, or, after the last, when its answers must have come. */
  get nextAt(): Micros {
    return this.#nextAt;
  }

  isComplete(now: Micros): boolean {
    return !this.isDue && now >= this.#nextAt;
  }

  onSent(now: Micros, grtt: Micros): void {
    this.#nextAt = now + repeatInterval(this.#sentCount, grtt);
    this.#sentCount += 1;
  }
}
