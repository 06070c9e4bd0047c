/**
 * Holds a download to a rate: every byte must be paid for, and payment may lag behind by a little. Time is an argument,
 * in monotonic milliseconds; the answer is how long to wait before more is taken.
 */
export class TokenBucket {
  readonly #bytesPerMillisecond: number;
  readonly #burstMilliseconds: number;
  /** When everything taken so far is paid for. */
  #paidAt = 0;

  constructor(bytesPerSecond: number, burstMilliseconds: number) {
    this.#bytesPerMillisecond = bytesPerSecond / 1000;
    this.#burstMilliseconds = burstMilliseconds;
  }

  /** Takes so many bytes, and says how many milliseconds to wait before the next. */
  take(now: number, bytes: number): number {
    this.#paidAt = Math.max(this.#paidAt, now) + bytes / this.#bytesPerMillisecond;
    return Math.max(0, this.#paidAt - now - this.#burstMilliseconds);
  }
}
