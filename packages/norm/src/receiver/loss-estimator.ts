import { sequenceDifference } from '../wire/serial.ts';

/** Datagrams after which the recent loss is taken anew: at 1 Gbit/s some 10 ms, at 10 Mbit/s a second. */
const WINDOW_COUNT = 1024;

/**
 * How many of a sender's datagrams never came, by the gaps in their sequence numbers. A datagram that comes late fills
 * its gap; one that comes twice hides another's.
 */
export class LossEstimator {
  #highest: number | undefined;
  #expected = 0;
  #received = 0;
  #windowExpected = 0;
  #windowReceived = 0;
  #recent: number | undefined;

  /** Returns how many datagrams are lacking before this one that were not known to. */
  onSequence(sequence: number): number {
    this.#received += 1;
    this.#windowReceived += 1;
    if (this.#highest === undefined) {
      this.#highest = sequence;
      this.#expected = 1;
      this.#windowExpected = 1;
      return 0;
    }
    const ahead = sequenceDifference(sequence, this.#highest);
    if (ahead <= 0) return 0;
    this.#highest = sequence;
    this.#expected += ahead;
    this.#windowExpected += ahead;
    if (this.#windowExpected >= WINDOW_COUNT) {
      this.#recent = ratio(this.#windowReceived, this.#windowExpected);
      this.#windowExpected = 0;
      this.#windowReceived = 0;
    }
    return ahead - 1;
  }

  /** Datagrams that the sender must have sent since the first that came. */
  get expectedCount(): number {
    return this.#expected;
  }

  /** Of all since the first. */
  get lossRatio(): number {
    return ratio(this.#received, this.#expected);
  }

  /** Of the last full window, or of all until there is one. */
  get recentLossRatio(): number {
    return this.#recent ?? this.lossRatio;
  }
}

function ratio(received: number, expected: number): number {
  return expected === 0 ? 0 : Math.max(0, 1 - received / expected);
}
