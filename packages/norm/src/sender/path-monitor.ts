import { WindowedMinimum } from '../object/windowed-minimum.ts';
import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import type { Reception } from '../wire/ext-reception.ts';
import type { ProbeRecord } from './probe-log.ts';

/** What happened to the datagrams between two probes, at one receiver. */
export interface PathReading {
  /** When the first of the two probes was sent. */
  readonly since: Micros;
  readonly datagramCount: number;
  readonly lossRatio: number;
  /** Bytes per second, on the sender's clock. */
  readonly sendRate: number;
  /** Bytes per second, on the receiver's clock. */
  readonly deliveryRate: number;
}

interface Point {
  readonly probe: ProbeRecord;
  readonly reception: Reception;
}

/** The path's least round-trip time is that of an empty queue, once in this time; RFC 6817 §4.2 has minutes, too. */
const BASE_WINDOW_MICROS = 120 * MICROS_PER_SECOND;
/** Samples of which the least is the queue's delay: one alone may have waited for a process to get to run. */
const QUEUE_SAMPLE_COUNT = 3;
/** The naps of receivers, and of the sender, and what a busy machine adds. */
const QUEUE_DELAY_MIN_MICROS = 3_000;
/** A receiver whose socket has held so much for so long is slower than what is sent. */
const BACKLOG_MAX_MICROS = 10_000;
const BACKLOG_MAX_BYTES = 256 * 1024;
/** A receiver that is so much behind is so for more than a bad moment. */
const BACKLOG_LONG_MICROS = 3 * BACKLOG_MAX_MICROS;
/** More than naps make, and less than shows that a receiver is behind: not yet a reason to slow down. */
const BACKLOG_SMALL_MICROS = BACKLOG_MAX_MICROS / 2;
/** Jitter of a long path: this part of its round trip. */
const QUEUE_DELAY_SHARE = 16;
const POINT_COUNT_MAX = 64;
/** What was sent longer ago says nothing about the path of now. */
const POINT_AGE_MAX_MICROS = 2 * MICROS_PER_SECOND;
const MODULUS = 2 ** 32;

/**
 * What the answers of one receiver tell of the path to it: how long the queue on it is, and, between any two probes, how
 * much was lost and how fast the rest came through.
 */
export class PathMonitor {
  readonly #roundTrips = new WindowedMinimum(BASE_WINDOW_MICROS);
  readonly #recentRoundTrips: Micros[] = [];
  readonly #recentWaits: Micros[] = [];
  readonly #points: Point[] = [];
  #ownLossRatio: number | undefined;

  onRoundTrip(now: Micros, roundTrip: Micros): void {
    this.#roundTrips.add(now, roundTrip);
    this.#recentRoundTrips.push(roundTrip);
    if (this.#recentRoundTrips.length > QUEUE_SAMPLE_COUNT) this.#recentRoundTrips.shift();
  }

  /** The part of the datagrams that is lost however slowly they are sent. */
  get ownLossRatio(): number {
    return this.#ownLossRatio ?? 0;
  }

  get isOwnLossKnown(): boolean {
    return this.#ownLossRatio !== undefined;
  }

  /** The loss of a time in which the rate was surely not the reason. `weight`: 0 to 1. */
  learnOwnLoss(lossRatio: number, weight: number): void {
    this.#ownLossRatio = this.ownLossRatio + weight * (lossRatio - this.ownLossRatio);
  }

  /** Without the queue. Infinity: not known. */
  get baseRoundTrip(): Micros {
    return this.#roundTrips.value;
  }

  /** With it. */
  get roundTrip(): Micros {
    return this.#recentRoundTrips.length === 0 ? Infinity : Math.min(...this.#recentRoundTrips);
  }

  get queueDelay(): Micros {
    return this.#recentRoundTrips.length < QUEUE_SAMPLE_COUNT ? 0 : this.roundTrip - this.baseRoundTrip;
  }

  /** Below, it may as well be the machines' own scheduling. */
  get queueDelayMax(): Micros {
    return Math.max(QUEUE_DELAY_MIN_MICROS, this.baseRoundTrip / QUEUE_DELAY_SHARE);
  }

  get isQueued(): boolean {
    return this.queueDelay > this.queueDelayMax;
  }

  /** The receiver itself is what is full: what comes waits in its socket. */
  isBehind({ deliveryRate }: PathReading): boolean {
    const waited = this.#leastWait;
    return waited > BACKLOG_MAX_MICROS && (waited * deliveryRate) / MICROS_PER_SECOND > BACKLOG_MAX_BYTES;
  }

  get isFarBehind(): boolean {
    return this.#leastWait > BACKLOG_LONG_MICROS;
  }

  /** It may be about to be behind: no time to send more. */
  get isPressed(): boolean {
    return (this.#recentWaits.at(-1) ?? 0) > BACKLOG_SMALL_MICROS;
  }

  get #leastWait(): Micros {
    return this.#recentWaits.length < QUEUE_SAMPLE_COUNT ? 0 : Math.min(...this.#recentWaits);
  }

  /** Returns whether this is news: an answer to a probe may come twice, with a NACK and by itself. */
  onReception(probe: ProbeRecord, reception: Reception): boolean {
    const last = this.#points.at(-1);
    if (last !== undefined && probe.sentAt <= last.probe.sentAt) return false;
    while (this.#points.length >= POINT_COUNT_MAX || isOld(this.#points[0], probe.sentAt)) this.#points.shift();
    this.#points.push({ probe, reception });
    this.#recentWaits.push(reception.waitedMicros);
    if (this.#recentWaits.length > QUEUE_SAMPLE_COUNT) this.#recentWaits.shift();
    return true;
  }

  /**
   * From the last answer back to the nearest one with so much time and so many datagrams in between. `since`: no farther
   * back than a probe sent then.
   */
  reading(windowMicros: Micros, datagramCount: number, since: Micros): PathReading | undefined {
    const newest = this.#points.at(-1);
    if (newest === undefined) return undefined;
    for (let index = this.#points.length - 2; index >= 0; index -= 1) {
      const oldest = this.#points[index]!;
      if (oldest.probe.sentAt < since) return undefined;
      if (newest.probe.sentAt - oldest.probe.sentAt < windowMicros) continue;
      if (newest.probe.datagramCount - oldest.probe.datagramCount >= datagramCount) return readingOf(oldest, newest);
    }
    return undefined;
  }
}

function isOld(point: Point | undefined, now: Micros): boolean {
  return point !== undefined && now - point.probe.sentAt > POINT_AGE_MAX_MICROS;
}

function readingOf(oldest: Point, newest: Point): PathReading {
  const datagramCount = newest.probe.datagramCount - oldest.probe.datagramCount;
  const received = difference(newest.reception.datagramCount, oldest.reception.datagramCount);
  const receivedBytes = difference(newest.reception.byteCount, oldest.reception.byteCount);
  const receiverMicros = Math.max(1, difference(newest.reception.clockMicros, oldest.reception.clockMicros));
  const senderMicros = newest.probe.sentAt - oldest.probe.sentAt;
  const sentBytes = newest.probe.byteCount - oldest.probe.byteCount;
  return {
    since: oldest.probe.sentAt,
    datagramCount,
    lossRatio: Math.max(0, 1 - received / datagramCount),
    sendRate: (sentBytes * MICROS_PER_SECOND) / senderMicros,
    deliveryRate: (receivedBytes * MICROS_PER_SECOND) / receiverMicros,
  };
}

function difference(newer: number, older: number): number {
  return (newer - older + MODULUS) % MODULUS;
}
