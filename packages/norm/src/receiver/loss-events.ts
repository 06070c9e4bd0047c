import type { Micros } from '../time.ts';

/** RFC 5348 §5.4: weights of the last eight loss intervals, the newest first. */
const WEIGHTS: readonly number[] = [1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2];

/**
 * The loss event rate of RFC 5348 §5: losses within one round-trip time are one event, since TCP too answers them once;
 * the rate is one event in a weighted mean of the last eight intervals between events, in datagrams.
 */
export class LossEvents {
  /** Closed intervals, the newest first. */
  readonly #intervals: number[] = [];
  #eventAt: Micros = 0;
  /** What had been expected when the present interval began. */
  #eventCount = 0;
  #hasEvent = false;

  /** Datagrams are lacking; `expectedCount`: all that were sent so far. Returns whether this was the very first event. */
  onLoss(now: Micros, expectedCount: number, roundTrip: Micros): boolean {
    if (this.#hasEvent && now - this.#eventAt <= roundTrip) return false;
    const isFirst = !this.#hasEvent;
    if (!isFirst) {
      this.#intervals.unshift(expectedCount - this.#eventCount);
      this.#intervals.length = Math.min(this.#intervals.length, WEIGHTS.length);
    }
    this.#hasEvent = true;
    this.#eventAt = now;
    this.#eventCount = expectedCount;
    return isFirst;
  }

  /** The interval before the first event says nothing by its length: §6.3.1 puts one that fits what was received. */
  seed(interval: number): void {
    this.#intervals.unshift(interval);
  }

  /** 0 while nothing was lost. */
  rate(expectedCount: number): number {
    if (!this.#hasEvent) return 0;
    const closed = weightedMean(this.#intervals);
    // §5.4: the open interval counts only where it makes the rate lower.
    const open = weightedMean([expectedCount - this.#eventCount, ...this.#intervals].slice(0, WEIGHTS.length));
    return 1 / Math.max(1, closed, open);
  }
}

function weightedMean(intervals: readonly number[]): number {
  let sum = 0;
  let weights = 0;
  intervals.forEach((interval, index) => {
    sum += interval * WEIGHTS[index]!;
    weights += WEIGHTS[index]!;
  });
  return weights === 0 ? 0 : sum / weights;
}
