import { MICROS_PER_SECOND, type Micros } from '../time.ts';

/** Why the rate was brought down to the floor. */
export type BreakerCause = 'noFeedback' | 'heavyLoss';

/** Without any answer for so long the rate halves, each time anew; so also RFC 5740 §5.5.2.1 for a silent CLR. */
const SILENCE_MICROS = MICROS_PER_SECOND;
const SILENCE_ROUND_TRIPS = 8;
/** After so many such times the breaker trips. */
const SILENCES_MAX = 5;
/** Silence means something only where enough was sent that somebody would have answered. */
const SILENCE_BYTES_MIN = 65_536;
/** A group of which nobody gets even half is not served at this rate. */
const HEAVY_LOSS_RATIO = 0.5;
const HEAVY_LOSS_MICROS = 5 * MICROS_PER_SECOND;

/**
 * Notices that sending on as before makes no sense: nobody answers at all, or of all that do nobody gets even half, for
 * seconds. Network transport circuit breaker, RFC 8084; RFC 8085 §3.1.10 asks for one.
 */
export class CircuitBreaker {
  #cause: BreakerCause | undefined;
  #answeredAt: Micros | undefined;
  #bytesAtAnswer = 0;
  #bytes = 0;
  #silenceCount = 0;
  #usableAt: Micros | undefined;

  /** Undefined: all is well. */
  get cause(): BreakerCause | undefined {
    return this.#cause;
  }

  /** Somebody answers. Returns whether nobody had for so long that the breaker had tripped. */
  onAnswer(now: Micros): boolean {
    this.#answeredAt = now;
    this.#bytesAtAnswer = this.#bytes;
    this.#silenceCount = 0;
    return this.#cause === 'noFeedback' && this.#close();
  }

  /** What one receiver lost lately. Returns whether this ends what the breaker had tripped for. */
  onLoss(now: Micros, lossRatio: number): boolean {
    this.#usableAt ??= now;
    if (lossRatio < HEAVY_LOSS_RATIO) {
      this.#usableAt = now;
      return this.#cause === 'heavyLoss' && this.#close();
    }
    if (now - this.#usableAt >= HEAVY_LOSS_MICROS) this.#cause ??= 'heavyLoss';
    return false;
  }

  /** `byteCount`: sent so far. Returns whether the rate is to be halved. */
  onProbe(now: Micros, byteCount: number, roundTrip: Micros): boolean {
    this.#bytes = byteCount;
    this.#answeredAt ??= now;
    const silence = Math.max(SILENCE_MICROS, SILENCE_ROUND_TRIPS * roundTrip);
    if (byteCount - this.#bytesAtAnswer < SILENCE_BYTES_MIN) return false;
    if (now - this.#answeredAt < (this.#silenceCount + 1) * silence) return false;
    this.#silenceCount += 1;
    if (this.#silenceCount >= SILENCES_MAX) this.#cause ??= 'noFeedback';
    return true;
  }

  #close(): true {
    this.#cause = undefined;
    return true;
  }
}
