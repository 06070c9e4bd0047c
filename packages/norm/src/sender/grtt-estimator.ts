import { WindowedMinimum } from '../object/windowed-minimum.ts';
import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import { quantizeRtt, unquantizeRtt } from '../wire/quantization.ts';

/** How many probes without a late answer before the estimate falls: RFC 5401 asks for a slow decrease, this is libnorm's. */
const DECREASE_AFTER_PROBES = 3;
/** Then its excess halves in this time, however far the probes are apart. */
const DECREASE_HALF_LIFE_MICROS = 200_000;
/** While nobody answers the estimate falls to the least that all who answered one probe have needed in this time. */
const KNOWN_WINDOW_MICROS = 30 * MICROS_PER_SECOND;

/**
 * The group's greatest round-trip time, from the answers to the sender's probes. RFC 5401 §5.1 (GRTT measurement).
 *
 * Rises at once when a receiver turns out to be farther away; falls only slowly, after several probes without an answer
 * as late, because a value that is too small makes receivers ask again for what is already on its way. A probe that
 * nobody answered is one without a late answer: else a value that is so large that receivers hardly get to answer stays.
 */
export class GrttEstimator {
  readonly #floor: Micros;
  readonly #ceiling: Micros;
  #estimate: Micros;
  #peak: Micros | undefined;
  #probesBeforeDecrease = 0;
  #measured = false;
  /** The latest answer to each probe. */
  readonly #known = new WindowedMinimum(KNOWN_WINDOW_MICROS);
  #probedAt: Micros = 0;

  constructor(initial: Micros, floor: Micros, ceiling: Micros) {
    this.#floor = floor;
    this.#ceiling = ceiling;
    this.#estimate = this.#bounded(initial);
  }

  /** A receiver has answered a probe after this long. */
  onResponse(roundTrip: Micros): void {
    if (!(roundTrip >= 0)) return;
    if (this.#peak === undefined || roundTrip > this.#peak) this.#peak = roundTrip;
    if (!this.#measured) {
      // The initial value is a guess, so the first answer counts in full. It keeps a margin for receivers yet unheard.
      this.#measured = true;
      this.#estimate = this.#bounded(Math.max(roundTrip * 2, this.#estimate / 4));
    } else if (roundTrip > this.#estimate) {
      this.#estimate = this.#bounded(0.25 * this.#estimate + 0.75 * roundTrip);
      this.#probesBeforeDecrease = DECREASE_AFTER_PROBES;
    }
  }

  /** A new probe goes out: what the answers to the last one said is taken in. */
  onProbe(now: Micros): void {
    if (this.#peak !== undefined) this.#known.add(now, this.#peak);
    const target = this.#peak ?? this.#known.value;
    if (target < this.#estimate) {
      if (this.#probesBeforeDecrease > 0) {
        this.#probesBeforeDecrease -= 1;
      } else {
        const remaining = 0.5 ** ((now - this.#probedAt) / DECREASE_HALF_LIFE_MICROS);
        this.#estimate = this.#bounded(target + (this.#estimate - target) * remaining);
      }
    }
    this.#peak = undefined;
    this.#probedAt = now;
  }

  /** The estimate as receivers understand it, never below the time that one datagram takes at the sending rate. */
  advertised(datagramMicros: Micros): Micros {
    return unquantizeRtt(this.quantized(datagramMicros));
  }

  quantized(datagramMicros: Micros): number {
    return quantizeRtt(this.#bounded(Math.max(this.#estimate, datagramMicros)));
  }

  #bounded(micros: Micros): Micros {
    return Math.min(this.#ceiling, Math.max(this.#floor, micros));
  }
}
