/** A byte rate that several streams share: says how long to wait before the next bytes may go. Clockless. */
export class TokenBucket {
  readonly #bytesPerSecond: number;
  readonly #burstBytes: number;
  #tokens: number;
  #at = 0;

  constructor(bytesPerSecond: number, burstBytes = Math.max(64 * 1024, bytesPerSecond / 10)) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#burstBytes = burstBytes;
    this.#tokens = burstBytes;
  }

  /** Takes the bytes and gives the milliseconds to wait before sending them: who takes more than is there waits longer. */
  take(bytes: number, now: number): number {
    const elapsedMs = Math.max(0, now - this.#at);
    this.#at = Math.max(this.#at, now);
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + (elapsedMs / 1000) * this.#bytesPerSecond) - bytes;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#bytesPerSecond) * 1000;
  }
}
