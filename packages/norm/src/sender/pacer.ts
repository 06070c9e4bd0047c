import { MICROS_PER_SECOND, type Micros } from '../time.ts';

/** What may go out at once after a pause: what the rate makes in so long, but within these bounds. */
export interface Burst {
  readonly micros: Micros;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** At a rate that makes more than `maxBytes` in so long, that: less, and a driver that sleeps would set the rate. */
  readonly minMicros?: Micros;
}

/**
 * A token bucket that says when the next datagram may leave. It does not sleep: it answers "not before this instant".
 *
 * Kept as the instant at which the bucket would be empty of debt: sending moves it on by what the datagram takes at the
 * rate. It never lags behind now by more than the burst, so a driver that comes late may catch up by that much and no
 * more: a longer burst would overrun the receivers' socket buffers.
 */
export class Pacer {
  #bytesPerSecond: number;
  readonly #burst: Burst;
  #nextAt = 0;
  #started = false;

  constructor(bytesPerSecond: number, burst: Burst = BURST) {
    this.#bytesPerSecond = checkedRate(bytesPerSecond);
    this.#burst = burst;
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  setRate(bytesPerSecond: number): void {
    this.#bytesPerSecond = checkedRate(bytesPerSecond);
  }

  /** Forgives what was not used before `now - burst`. To be called before a run of `maySend` at one instant. */
  advance(now: Micros): void {
    const earliest = this.#started ? now - this.#burstMicros() : now;
    this.#started = true;
    if (this.#nextAt < earliest) this.#nextAt = earliest;
  }

  maySend(now: Micros): boolean {
    return this.#nextAt <= now;
  }

  spend(bytes: number): void {
    this.#nextAt += (bytes * MICROS_PER_SECOND) / this.#bytesPerSecond;
  }

  /** The instant from which on a datagram may be sent. */
  get nextAt(): Micros {
    return Math.ceil(this.#nextAt);
  }

  #burstMicros(): Micros {
    const { micros, minBytes, maxBytes, minMicros = 0 } = this.#burst;
    const microsOf = (bytes: number): Micros => (bytes * MICROS_PER_SECOND) / this.#bytesPerSecond;
    return Math.min(Math.max(microsOf(maxBytes), minMicros), Math.max(microsOf(minBytes), micros));
  }
}

const BURST: Burst = {
  /** A timer of an ordinary kernel under load wakes up to 2 ms late. */
  micros: 2_000,
  /** At low rates a few datagrams, so that a coarse timer does not halve the rate. */
  minBytes: 4_096,
  /** Half of the 212,992 bytes that Linux gives a receiving socket by default also hold the kernel's own bookkeeping. */
  maxBytes: 131_072,
};

function checkedRate(bytesPerSecond: number): number {
  if (!(bytesPerSecond > 0) || !Number.isFinite(bytesPerSecond))
    throw new RangeError('rate must be above 0 bytes per second');
  return bytesPerSecond;
}
