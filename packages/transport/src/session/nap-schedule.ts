import { NAP_DATAGRAMS_MAX, NAP_DATAGRAMS_MIN, NAP_MAX_MICROS, NAP_ROOM_SHARE } from '../limits.ts';

/**
 * When datagrams come thick, a receiver that sleeps for a moment and then takes many at once needs half the time of one
 * that is woken for each. Says how long to sleep, from the rate at which they came lately; 0 when they are too few to be
 * worth it, so that a single datagram is never kept waiting.
 */
export class NapSchedule {
  readonly #datagramsMax: number;
  #datagramsPerMicro = 0;
  #lastRoundAt: number | undefined;

  /** `roomDatagrams`: how many wait until they are taken, before the next is lost. */
  constructor(roomDatagrams: number) {
    this.#datagramsMax = Math.min(NAP_DATAGRAMS_MAX, roomDatagrams * NAP_ROOM_SHARE);
  }

  /** To be called once in each round of the loop, with what the round received. */
  next(now: number, received: number): number {
    const elapsed = now - (this.#lastRoundAt ?? now);
    this.#lastRoundAt = now;
    if (received === 0) {
      // The stream has paused: be awake for what comes next.
      this.#datagramsPerMicro = 0;
      return 0;
    }
    if (elapsed <= 0) return 0;
    const rate = received / elapsed;
    this.#datagramsPerMicro = this.#datagramsPerMicro === 0 ? rate : (3 * this.#datagramsPerMicro + rate) / 4;
    if (this.#datagramsPerMicro * NAP_MAX_MICROS < NAP_DATAGRAMS_MIN) return 0;
    return Math.min(NAP_MAX_MICROS, Math.floor(this.#datagramsMax / this.#datagramsPerMicro));
  }
}
