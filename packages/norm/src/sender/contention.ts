import type { Micros } from '../time.ts';
import type { PathMonitor } from './path-monitor.ts';

/** A queue that does not drain, however slowly one sends, for so long, or so many times what it takes: others fill it. */
const AFTER_MICROS = 1_500_000;
const AFTER_QUEUES = 8;
/** What a moment without a queue takes back of that: others' windows go and come … */
const SHORT_QUEUE_WEIGHT = -0.5;
/** … and where there is none at all, nobody is left who keeps it filled. */
const NO_QUEUE_WEIGHT = -4;
/** Of the delay that makes a queue: below, there is none. */
const NO_QUEUE_SHARE = 1 / 3;
/** Of the time between two reports no more counts as such in which there was a queue, or none. */
const GAP_MAX_MICROS = 200_000;
/** Where others have filled the queue from the first, none was ever seen to be empty: it shows in ever less being too much. */
const LESS_SHARE = 0.5;
const LESS_QUEUES = 3;
/** A path that has become slower is known as one after some more of them: so much of what filled it before is kept with each. */
const FULL_RATE_KEPT = 0.9;

/** Whether others send on a path as well, as it shows in its queue. */
export class Contention {
  #isContested = false;
  /** For how long there was a queue, less what the time without one takes back. */
  #queuedMicros = 0;
  #heardAt: Micros | undefined;
  /** The highest rate at which a queue began, of late. */
  #fullRate = 0;
  /** Queues in a row that began at far less. */
  #lessCount = 0;

  get isContested(): boolean {
    return this.#isContested;
  }

  /** The path was heard of. `delay`: of the queue that is there, when it was first seen. */
  onReport(now: Micros, monitor: PathMonitor, delay: Micros): void {
    const elapsed = Math.min(now - (this.#heardAt ?? now), GAP_MAX_MICROS);
    this.#heardAt = now;
    const enough = Math.max(AFTER_MICROS, AFTER_QUEUES * delay);
    const queued = this.#queuedMicros + weightOf(monitor) * elapsed;
    this.#queuedMicros = Math.min(2 * enough, Math.max(0, queued));
    if (this.#queuedMicros >= enough) this.#isContested = true;
    else if (this.#queuedMicros === 0) this.#isContested = false;
  }

  /**
   * A queue has begun at this rate. What is less than half of what filled the path before does not fill it again and again,
   * unless others do; or the path has become slower, which is believed little by little.
   */
  onQueue(rate: number): void {
    if (this.#isContested) return;
    if (rate >= LESS_SHARE * this.#fullRate) {
      this.#fullRate = Math.max(this.#fullRate, rate);
      this.#lessCount = 0;
      return;
    }
    this.#lessCount += 1;
    if (this.#lessCount < LESS_QUEUES) return;
    this.#fullRate = Math.max(rate, FULL_RATE_KEPT * this.#fullRate);
    this.#isContested = true;
    this.#queuedMicros = 2 * AFTER_MICROS;
  }
}

function weightOf(monitor: PathMonitor): number {
  if (monitor.isQueued) return 1;
  return monitor.queueDelay > NO_QUEUE_SHARE * monitor.queueDelayMax ? SHORT_QUEUE_WEIGHT : NO_QUEUE_WEIGHT;
}
