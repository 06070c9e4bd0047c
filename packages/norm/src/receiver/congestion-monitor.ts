import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import type { CcCommand } from '../wire/command-cc.ts';
import { CC_FLAG, type CongestionFeedback } from '../wire/ext-cc.ts';
import type { Reception } from '../wire/ext-reception.ts';
import { quantizeLoss, quantizeRate, quantizeRtt, unquantizeRate, unquantizeRtt } from '../wire/quantization.ts';
import { LossEvents } from './loss-events.ts';
import { lossEventRateAt, tcpThroughput } from './tcp-throughput.ts';

/** Shorter than this, a rate of reception is that of a burst. */
const RECEIVE_WINDOW_MIN_MICROS = 20_000;
/** Closer to the rate that limits the sender already, a receiver need not speak. RFC 5740 §5.5.2.3, RFC 4654 §2.2. */
const LIMITING_SHARE = 0.9;
const COUNTER_MODULUS = 2 ** 32;

/** What all datagrams of the sender so far came to. */
interface Totals {
  readonly datagramCount: number;
  readonly byteCount: number;
  /** Datagrams that must have been sent, by their sequence numbers. */
  readonly expectedCount: number;
}

/**
 * What one receiver tells the congestion control of one sender: the rate that TCP would have on this path (RFC 5740
 * §5.5.2, RFC 4654), and the bare facts of reception at the last probe, from which the sender can tell more.
 */
export class CongestionMonitor {
  readonly #nodeId: number;
  readonly #lossEvents = new LossEvents();
  #sequence = 0;
  #roundTrip: Micros = 0;
  #isRoundTripKnown = false;
  #flags = 0;
  /** Of the sender, by its last probe, or of the receivers that it named, whichever is least; bytes per second. */
  #leastKnownRate: number | undefined;
  #reception: Reception | undefined;
  #hasLoss = false;
  #totals: Totals = { datagramCount: 0, byteCount: 0, expectedCount: 0 };
  #receiveRate = 0;
  #windowStart: Micros = 0;
  #windowBytes = 0;

  constructor(nodeId: number) {
    this.#nodeId = nodeId;
  }

  /** Datagrams are lacking, seen just now. `grtt`: the path's own round-trip time is not known to every receiver. */
  onLoss(now: Micros, totals: Totals, grtt: Micros): void {
    const roundTrip = this.#isRoundTripKnown ? this.#roundTrip : grtt;
    this.#hasLoss = true;
    if (!this.#lossEvents.onLoss(now, totals.expectedCount, roundTrip)) return;
    // RFC 4654 §3.6: as if half of what came had been the equation's rate.
    const bytes = totals.byteCount / Math.max(1, totals.datagramCount);
    this.#lossEvents.seed(1 / lossEventRateAt(Math.max(1, this.#receiveRate / 2), bytes, Math.max(1, roundTrip)));
  }

  /** A probe of the sender: what it names, what had come by then, and how long it had lain in the socket. */
  onProbe(now: Micros, probe: CcCommand, totals: Totals, grtt: Micros, waited: Micros): void {
    const mine = probe.ccNodes.find(({ nodeId }) => nodeId === this.#nodeId);
    this.#sequence = probe.ccSequence;
    this.#isRoundTripKnown = mine !== undefined && (mine.ccFlags & CC_FLAG.roundTrip) !== 0;
    this.#roundTrip = mine !== undefined && this.#isRoundTripKnown ? unquantizeRtt(mine.ccRttQuantized) : grtt;
    this.#flags = mine === undefined ? 0 : mine.ccFlags & (CC_FLAG.current | CC_FLAG.potential);
    const rates = probe.ccNodes.map(({ ccRateQuantized }) => unquantizeRate(ccRateQuantized));
    const sendRate = probe.rateQuantized === undefined ? [] : [unquantizeRate(probe.rateQuantized)];
    this.#leastKnownRate = rates.length === 0 ? undefined : Math.min(...rates, ...sendRate);
    this.#totals = totals;
    this.#reception = {
      datagramCount: totals.datagramCount % COUNTER_MODULUS,
      byteCount: totals.byteCount % COUNTER_MODULUS,
      clockMicros: now % COUNTER_MODULUS,
      waitedMicros: waited,
    };
    const elapsed = now - this.#windowStart;
    if (elapsed < RECEIVE_WINDOW_MIN_MICROS) return;
    this.#receiveRate = ((totals.byteCount - this.#windowBytes) * MICROS_PER_SECOND) / elapsed;
    this.#windowStart = now;
    this.#windowBytes = totals.byteCount;
  }

  /** What TCP would have is clearly less than what the sender sends, and than what limits it as far as it has said. */
  get isLimiting(): boolean {
    return this.#hasLoss && this.#leastKnownRate !== undefined && this.#rate < LIMITING_SHARE * this.#leastKnownRate;
  }

  /** `lossRatio`: RFC 5740 §4.2.3.4 has the part of the datagrams that was lost there, not that of the loss events. */
  feedback(lossRatio: number): CongestionFeedback {
    return {
      ccSequence: this.#sequence,
      ccFlags: this.#flags | (this.#isRoundTripKnown ? CC_FLAG.roundTrip : 0) | (this.#hasLoss ? 0 : CC_FLAG.start),
      ccRttQuantized: quantizeRtt(this.#roundTrip),
      ccRateQuantized: quantizeRate(this.#rate),
      lossQuantized: quantizeLoss(lossRatio),
    };
  }

  get reception(): Reception | undefined {
    return this.#reception;
  }

  /** RFC 5740 §4.2.3.4: the equation's, or twice what was received while nothing has been lost. */
  get #rate(): number {
    if (!this.#hasLoss) return 2 * this.#receiveRate;
    const bytes = this.#totals.byteCount / Math.max(1, this.#totals.datagramCount);
    const lossEventRate = this.#lossEvents.rate(this.#totals.expectedCount);
    return tcpThroughput(bytes, Math.max(1, this.#roundTrip), lossEventRate);
  }
}
