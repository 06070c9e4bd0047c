import { WindowedMinimum } from '../object/windowed-minimum.ts';
import { MICROS_PER_SECOND, type Micros } from '../time.ts';

/** Several probes fall into it while data is sent. */
const RECENT_WINDOW_MICROS = MICROS_PER_SECOND;
/** Two of them: so long a route that became longer is not believed in full. */
const LASTING_WINDOW_MICROS = 15 * MICROS_PER_SECOND;
/** How far above what a receiver was at its best it may be for all others to wait for it. */
const RISE_FACTOR_MAX = 4;
const RISE_SLACK_MICROS = 20_000;
/** A single answer, of a receiver that was not heard before, does not raise the estimate by more. */
const FIRST_RISE_FACTOR_MAX = 10;

/**
 * What the answers of one receiver say about its round-trip time.
 *
 * The time until an answer is read is the round trip and all the waiting on the way: in a receiver's socket while its
 * process does not get to run, and in the sender's behind a batch. Waiting comes and goes; the least of several answers
 * has least of it.
 */
export class RoundTripFilter {
  readonly #recent = new WindowedMinimum(RECENT_WINDOW_MICROS);
  readonly #lasting = new WindowedMinimum(LASTING_WINDOW_MICROS);

  /** An answer came after this long. Returns what to believe of it, where `estimate` is the group's present GRTT. */
  add(now: Micros, roundTrip: Micros, estimate: Micros): Micros {
    const isFirst = this.#lasting.value === Infinity;
    const atBest = this.#lasting.add(now, roundTrip);
    const recent = this.#recent.add(now, roundTrip);
    const most = isFirst ? FIRST_RISE_FACTOR_MAX * estimate : RISE_FACTOR_MAX * atBest + RISE_SLACK_MICROS;
    return Math.min(recent, most);
  }
}
