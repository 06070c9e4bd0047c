import type { Micros } from '../time.ts';

/**
 * When to send the next of a row of commands that all say the same: NORM_CMD(FLUSH) once there is nothing else to
 * send, and NORM_CMD(EOT) at the very end. `repeatCount` of them, 2 × GRTT apart. RFC 5740 §4.2.3.1, §4.2.3.2, §5.1.
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
    this.#sentCount += 1;
    this.#nextAt = now + 2 * grtt;
  }
}
