import type { Random } from '../random.ts';
import type { Micros } from '../time.ts';
import { randomBackoff } from './random-backoff.ts';

export type NackState = 'idle' | 'backoff' | 'holdOff';

/**
 * The whole life of a repair cycle. RFC 5401 §3.2.2, RFC 5740 §5.3.
 *
 *     demand     something that was passed is lacking
 *     asked      the back-off is over, and the NACK went out, or another's had covered it
 *     satisfied  the back-off is over, and nothing is lacking any more
 *     over       the sender has had the time to answer
 */
export const NACK_TRANSITIONS = {
  idle: { demand: 'backoff' },
  backoff: { asked: 'holdOff', satisfied: 'idle' },
  holdOff: { over: 'idle' },
} as const satisfies Record<NackState, Partial<Record<string, NackState>>>;

/** Longest pause between requests that are left unanswered. */
const QUIET_HOLD_OFF_MAX_MICROS = 2_000_000;
const QUIET_DOUBLINGS_MAX = 10;

/**
 * When this receiver may ask for repair. Knows nothing of messages or of what is lacking.
 *
 * A cycle waits a random time first, so that in a large group somebody speaks early and the others can stay silent, and
 * a fixed time afterwards, in which the sender gathers requests and answers. A sender that does not answer is asked less
 * and less often: it is gone, or its answer waits behind all that it has sent before.
 */
export class NackScheduler {
  readonly #random: Random;
  #state: NackState = 'idle';
  #wakeAt: Micros | undefined;
  /** When the hold-off began. */
  #since: Micros = 0;
  /** What the back-off was drawn from. */
  #backoffMax: Micros = 0;
  #unansweredCount = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get isUnanswered(): boolean {
    return this.#unansweredCount > 0;
  }

  get state(): NackState {
    return this.#state;
  }

  /** When the state must be looked at again: the back-off or the hold-off is over. */
  get wakeAt(): Micros | undefined {
    return this.#wakeAt;
  }

  /** Something has been lacking since then. Starts a cycle unless one is running. */
  onDemand(now: Micros, since: Micros, backoffMax: Micros, groupSize: number): void {
    if (this.#state !== 'idle') return;
    this.#state = NACK_TRANSITIONS.idle.demand;
    this.#backoffMax = backoffMax;
    this.#wakeAt = Math.max(now, since + randomBackoff(this.#random, backoffMax, groupSize));
  }

  /** The back-off is over: it is time to ask. */
  isDue(now: Micros): boolean {
    return this.#state === 'backoff' && this.#wakeAt !== undefined && this.#wakeAt <= now;
  }

  /** Asked, or somebody else had. */
  onAsked(now: Micros, holdOff: Micros): void {
    this.#state = NACK_TRANSITIONS.backoff.asked;
    this.#unansweredCount += 1;
    this.#since = now;
    this.#wakeAt = now + this.#stretched(holdOff);
  }

  /** The GRTT fell: what was drawn or reckoned with the greater one need not be waited out. */
  shorten(now: Micros, backoffMax: Micros, holdOff: Micros): void {
    if (this.#wakeAt === undefined) return;
    if (this.#state === 'holdOff') {
      this.#wakeAt = Math.min(this.#wakeAt, this.#since + this.#stretched(holdOff));
    } else if (backoffMax < this.#backoffMax) {
      // What is left of it, in proportion: receivers stay as far apart as they were drawn, and none is past its time,
      // where they would all ask at once.
      const left = Math.max(0, this.#wakeAt - now);
      this.#wakeAt = now + Math.floor((left * backoffMax) / this.#backoffMax);
      this.#backoffMax = backoffMax;
    }
  }

  /** Nothing is lacking after all. */
  onSatisfied(): void {
    this.#state = NACK_TRANSITIONS.backoff.satisfied;
    this.#wakeAt = undefined;
  }

  /** Ends a hold-off whose time is over. Returns whether it did: then what is still lacking may be asked for again. */
  endHoldOff(now: Micros): boolean {
    if (this.#state !== 'holdOff' || this.#wakeAt === undefined || this.#wakeAt > now) return false;
    this.#state = NACK_TRANSITIONS.holdOff.over;
    this.#wakeAt = undefined;
    return true;
  }

  #stretched(holdOff: Micros): Micros {
    const doublings = Math.min(Math.max(0, this.#unansweredCount - 1), QUIET_DOUBLINGS_MAX);
    return Math.max(holdOff, Math.min(holdOff * 2 ** doublings, QUIET_HOLD_OFF_MAX_MICROS));
  }

  /** Repair came: the sender hears us, and its answers get here. */
  onAnswered(): void {
    this.#unansweredCount = 0;
  }
}
