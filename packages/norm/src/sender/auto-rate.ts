import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import type { CcNode } from '../wire/command-cc.ts';
import { CC_FLAG, type CongestionFeedback } from '../wire/ext-cc.ts';
import type { Reception } from '../wire/ext-reception.ts';
import { unquantizeRate } from '../wire/quantization.ts';
import { type BreakerCause, CircuitBreaker } from './circuit-breaker.ts';
import { Contention } from './contention.ts';
import { LimitingReceivers } from './limiting-receivers.ts';
import { PathMonitor, type PathReading } from './path-monitor.ts';
import { ProbeLog, type ProbeRecord } from './probe-log.ts';

/** What one receiver says of its path, in a NACK or an ACK. */
export interface CongestionReport {
  readonly nodeId: number;
  readonly feedback: CongestionFeedback;
  /** Of our own receivers. */
  readonly reception: Reception | undefined;
  /** Undefined: the receiver has heard no probe. */
  readonly roundTrip: Micros | undefined;
}

/**
 * Until somebody answers, and as long as nobody does: ten datagrams in ten milliseconds, what RFC 6928 lets TCP begin
 * with.
 */
const UNANSWERED_BYTES_PER_SECOND = 1_250_000;
/** When feedback has stopped, or nearly all is lost: what still finds out when that is over. */
const FLOOR_BYTES_PER_SECOND = 125_000;
/** Nothing is so slow that less helps: a datagram a second or so. */
const RATE_MIN_BYTES_PER_SECOND = 2_000;

/** Paths that are watched at once: those that limit, and a sample of a large group. */
const PATHS_MAX = 1024;

// The start: the rate doubles with each round until a path shows that it is full.
const START_WINDOW_MICROS = 8_000;
const START_WINDOW_DATAGRAMS = 20;
/** Loss above what slower rounds had, beyond what chance makes of it. */
const START_LOSS_RISE = 0.05;
/** Of the rate of delivery: what lets the queue drain that the start has made. */
const START_EXIT_SHARE = 0.85;
/** A rate that was not reached, because there was not so much to send or no time to send it, is no ground to double. */
const USED_SHARE = 0.7;

// Alone on the path: close to its capacity, its queue empty most of the time.
const WINDOW_MICROS = 50_000;
const WINDOW_DATAGRAMS = 64;
/** Loss beyond what the path always has, at least, for it to be congestion. */
const LOSS_RISE = 0.005;
const CRUISE_SHARE = 0.95;
const DRAIN_SHARE = 0.8;
/** Of what a receiver reads, when it does not keep up: what lets its socket drain. */
const BEHIND_SHARE = 0.9;
/** One report of a machine that has much to do may be of a bad moment: at once no lower than this part of the rate. */
const BEHIND_FLOOR_SHARE = 0.75;
/** While it reads what waited, a receiver shows how fast it can read; its machine may have less to do just then. */
const CAUGHT_UP_FACTOR_MAX = 3;
/** While a queue drains, no lower than this part of the rate at which it was seen: somebody else may be filling it. */
const DRAIN_FLOOR_SHARE = 0.7;
/** Growth just after the path was full. It doubles again and again, so that a path that became faster is soon filled. */
const GROWTH_PER_SECOND = 0.05;
const GROWTH_DOUBLING_MICROS = 500_000;
const GROWTH_DOUBLING_ROUND_TRIPS = 8;
/** What ended the start may have been no more than a machine that began to work. */
const GROWTH_DOUBLING_AFTER_START_MICROS = 250_000;
/** A receiver that is behind has lost nothing: growth goes on from so many doublings later. */
const DOUBLINGS_WHEN_BEHIND = 4;
const GROWTH_MAX_PER_SECOND = 8;

// Beside others.
/** As TCP CUBIC does where it is friendly to TCP, of its window. RFC 9438 §4.3, §4.6. */
const COMPETING_DECREASE = 0.7;
const COMPETING_DATAGRAMS_PER_ROUND_TRIP = (3 * (1 - COMPETING_DECREASE)) / (1 + COMPETING_DECREASE);
/** Where the queue was emptied by a decrease, a window alone would fill it at once. */
const COMPETING_GROWTH_MAX_PER_SECOND = 0.5;

/** How far one report may let the rate grow: reports that were held up do not add up to a leap. */
const GROWTH_STEP_MAX_MICROS = 100_000;

/** How soon what a path loses by itself is learned. */
const OWN_LOSS_WEIGHT = 0.25;
/** The same where it may yet be a path that has become slower still. */
const OWN_LOSS_SUSPECTED_WEIGHT = 0.5;
/** So much of what got through is known to be below the capacity; a little more than the rate after a decrease. */
const KNOWN_GOOD_SHARE = 0.97;
/** How far above a path's own loss it must be. */
const OWN_LOSS_FACTOR = 1.5;
/** Standard deviations of chance. */
const CHANCE_MARGIN = 4;
/** One lost datagram among a few is no loss of some percent. */
const CHANCE_RATIO_MIN = 0.002;

const PROBE_INTERVAL_START_MICROS = 6_000;
const PROBE_INTERVAL_MICROS = 25_000;
const PROBE_INTERVAL_MAX_MICROS = 100_000;
/** At low rates probes are a part of the traffic: one in so many datagrams. */
const PROBE_EVERY_DATAGRAMS = 16;
/** Of the probes, those that ask everybody. */
const PROBE_FOR_ALL_EVERY = 4;

interface Path {
  readonly monitor: PathMonitor;
  /** From a queue's first sign until it has drained. */
  queue: { readonly delay: Micros; readonly rate: number } | undefined;
  hasReception: boolean;
  /** How fast it read what waited in its socket, from when that was much until it has been read. */
  readRate: number | undefined;
  readonly contention: Contention;
}

/**
 * Finds the rate that the path to the slowest receiver takes.
 *
 * Any receiver may bring the rate down, and then is the current limiting receiver (CLR), whose answers alone let it grow
 * again. What a receiver loses however slowly one sends is not congestion. Alone on a path the rate stays just below
 * what gets through, found by the rate of delivery and the growth of the round-trip time; beside others, which shows in
 * a queue that does not drain, it goes as TCP does. Decision 0016 has the reasons.
 */
export class AutoRate {
  readonly #datagramBytes: number;
  readonly #probes = new ProbeLog();
  readonly #breaker = new CircuitBreaker();
  readonly #limiting = new LimitingReceivers();
  /** The one that was silent longest comes first. */
  readonly #paths = new Map<number, Path>();
  #rate = UNANSWERED_BYTES_PER_SECOND;
  #max = Infinity;
  #isStarting = true;
  /** What got through when the path was full last. */
  #capacity = Infinity;
  /** What was sent before tells nothing about the present rate: of a decrease, and of a step of the start. */
  #decreasedAt: Micros = 0;
  #steppedAt: Micros = 0;
  #grownAt: Micros = 0;
  #fullAt: Micros = 0;
  #doublingMicros = GROWTH_DOUBLING_MICROS;
  /** Beside others, as TCP has it: bytes under way. */
  #window = 0;
  #probeCount = 0;
  #hasAnswer = false;

  constructor(datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
  }

  get bytesPerSecond(): number {
    const rate = this.#breaker.cause === undefined ? this.#rate : Math.min(this.#rate, this.#floor);
    return Math.min(this.#max, Math.max(RATE_MIN_BYTES_PER_SECOND, rate));
  }

  /** Why the rate is at the floor. Undefined: it is not. */
  get breakerCause(): BreakerCause | undefined {
    return this.#breaker.cause;
  }

  get limitingNodeId(): number | undefined {
    return this.#limiting.current;
  }

  setMax(bytesPerSecond: number | undefined): void {
    this.#max = bytesPerSecond ?? Infinity;
  }

  /** This receiver does not count any more: if it limited, another one does. */
  ignore(nodeId: number): void {
    this.#paths.delete(nodeId);
    this.#limiting.forget(nodeId);
  }

  /** How long until the next probe. */
  get probeIntervalMicros(): Micros {
    const few = (PROBE_EVERY_DATAGRAMS * this.#datagramBytes * MICROS_PER_SECOND) / this.bytesPerSecond;
    const least = this.#isStarting ? PROBE_INTERVAL_START_MICROS : PROBE_INTERVAL_MICROS;
    return Math.min(PROBE_INTERVAL_MAX_MICROS, Math.max(least, Math.round(few)));
  }

  /** Whether the next probe asks everybody; else only those that it names. */
  get isProbeForAll(): boolean {
    const { current } = this.#limiting;
    const answersNames = current !== undefined && this.#paths.get(current)?.hasReception === true;
    return this.#isStarting || !answersNames || this.#probeCount % PROBE_FOR_ALL_EVERY === 0;
  }

  /** Who is to answer the next probe at once. */
  get ccNodes(): readonly CcNode[] {
    return this.#limiting.nodes;
  }

  onProbe(record: ProbeRecord, grtt: Micros): void {
    this.#probes.add(record);
    this.#probeCount += 1;
    this.#limiting.onProbe(record.sentAt);
    const wasTripped = this.#breaker.cause !== undefined;
    if (this.#breaker.onProbe(record.sentAt, record.byteCount, grtt) && this.#rate > UNANSWERED_BYTES_PER_SECOND) {
      this.#rate = Math.max(UNANSWERED_BYTES_PER_SECOND, this.#rate / 2);
    }
    if (!wasTripped && this.#breaker.cause !== undefined) this.#restart(record.sentAt);
  }

  onReport(now: Micros, { nodeId, feedback, reception, roundTrip }: CongestionReport): void {
    const path = this.#pathOf(now, nodeId);
    path.hasReception = reception !== undefined;
    if (roundTrip !== undefined) path.monitor.onRoundTrip(now, roundTrip);
    this.#hasAnswer = true;
    if (this.#breaker.onAnswer(now)) this.#restart(now);
    const rate = unquantizeRate(feedback.ccRateQuantized);
    const isStarting = (feedback.ccFlags & CC_FLAG.start) !== 0;
    const facts = { roundTrip: path.monitor.roundTrip, rate, isStarting };
    this.#limiting.onReport(now, nodeId, facts);
    const choose = (): void => this.#limiting.choose(now, nodeId, facts);
    if (reception === undefined) {
      this.#followReportedRate(now, nodeId, rate, isStarting, choose);
      return;
    }
    const probe = this.#probes.get(feedback.ccSequence);
    if (probe === undefined || !path.monitor.onReception(probe, reception)) return;
    if (this.#isStarting) this.#start(now, nodeId, path, choose);
    else this.#adapt(now, nodeId, path, choose);
  }

  /** A receiver that tells no more than RFC 5740 has it tell: its rate is the bound. */
  #followReportedRate(now: Micros, nodeId: number, rate: number, isStarting: boolean, choose: () => void): void {
    if (!(rate > 0)) return;
    if (rate < this.#rate) {
      choose();
      this.#rate = rate;
      this.#decreasedAt = now;
      if (!isStarting) this.#isStarting = false;
    } else if (this.#limiting.current === nodeId) {
      // §5.5.2.1: while it starts, what it reports is twice what it gets.
      this.#rate = Math.min(rate, 2 * this.#rate);
      this.#isStarting &&= isStarting;
    }
  }

  #start(now: Micros, nodeId: number, path: Path, choose: () => void): void {
    const { monitor } = path;
    const reading = monitor.reading(0, START_WINDOW_DATAGRAMS, 0);
    if (reading === undefined) return;
    if (this.#breaker.onLoss(now, reading.lossRatio)) this.#restart(now);
    if (!monitor.isOwnLossKnown) {
      monitor.learnOwnLoss(reading.lossRatio, 1);
      return;
    }
    const through = 1 - monitor.ownLossRatio;
    const isLossy = reading.lossRatio > monitor.ownLossRatio + START_LOSS_RISE + chanceOf(monitor, reading);
    const isBehind = monitor.isBehind(reading);
    const isQueued = monitor.queueDelay > 2 * monitor.queueDelayMax;
    const round = monitor.reading(START_WINDOW_MICROS, START_WINDOW_DATAGRAMS, this.#steppedAt);
    if (isLossy || isQueued || isBehind) {
      const got = (round ?? reading).deliveryRate / through;
      choose();
      if (isQueued) path.contention.onQueue(got);
      path.readRate = isBehind ? got : undefined;
      this.#isStarting = false;
      this.#capacity = got;
      this.#rate = Math.min(this.#rate, START_EXIT_SHARE * got);
      this.#onFull(now, isBehind ? DOUBLINGS_WHEN_BEHIND : 0, GROWTH_DOUBLING_AFTER_START_MICROS);
      this.#decreasedAt = now;
      return;
    }
    if (round === undefined) return;
    monitor.learnOwnLoss(round.lossRatio, OWN_LOSS_WEIGHT);
    if (nodeId !== this.#limiting.current || round.sendRate < USED_SHARE * this.bytesPerSecond) return;
    if (monitor.isPressed) return;
    this.#rate = Math.min(2 * this.#rate, Math.max(this.#max, this.#rate));
    this.#steppedAt = now;
  }

  #adapt(now: Micros, nodeId: number, path: Path, choose: () => void): void {
    const { monitor } = path;
    // How fast a receiver reads that is far behind does not depend on what was sent meanwhile, and it tells it late.
    const since = monitor.isFarBehind ? 0 : this.#decreasedAt;
    const reading = monitor.reading(WINDOW_MICROS, WINDOW_DATAGRAMS, since);
    this.#followQueue(now, path);
    if (reading === undefined) return;
    const got = reading.deliveryRate / (1 - monitor.ownLossRatio);
    if (monitor.isBehind(reading)) {
      this.#followReader(now, path, got, choose);
      return;
    }
    if (this.#breaker.onLoss(now, reading.lossRatio)) this.#restart(now);
    const isCompeting = path.contention.isContested;
    if (path.readRate !== undefined) {
      // What was lost meanwhile, its socket has lost.
      const caughtUp = Math.min(BEHIND_SHARE * path.readRate, CAUGHT_UP_FACTOR_MAX * this.#rate);
      path.readRate = undefined;
      if (nodeId === this.#limiting.current && !isCompeting) this.#rate = Math.max(this.#rate, caughtUp);
      this.#grownAt = this.#decreasedAt = now;
      return;
    }
    // What got through when the path was full last is sent by less: what is lost now is not for the rate, as it seems.
    const isBelow = reading.sendRate < KNOWN_GOOD_SHARE * this.#capacity;
    if (reading.lossRatio > allowedLoss(monitor, reading, isCompeting)) {
      choose();
      if (isBelow) monitor.learnOwnLoss(reading.lossRatio, OWN_LOSS_SUSPECTED_WEIGHT);
      this.#capacity = Math.min(got, this.#rate);
      this.#rate = isCompeting
        ? Math.min(COMPETING_DECREASE * this.#rate, got)
        : Math.min(this.#rate, CRUISE_SHARE * got);
      this.#window *= COMPETING_DECREASE;
      this.#onFull(now);
      this.#decreasedAt = now;
      return;
    }
    // Less than was thought may always be believed.
    if (isBelow || reading.lossRatio < monitor.ownLossRatio) monitor.learnOwnLoss(reading.lossRatio, OWN_LOSS_WEIGHT);
    if (path.queue !== undefined && !isCompeting) {
      choose();
      this.#capacity = got;
      this.#rate = Math.min(this.#rate, Math.max(DRAIN_SHARE * got, DRAIN_FLOOR_SHARE * path.queue.rate));
      this.#onFull(now);
      return;
    }
    if (nodeId === this.#limiting.current) this.#grow(now, reading, path, isCompeting);
  }

  /**
   * Its socket is what is full: it reads as fast as it can, and what it loses is not the path's. The rate goes below that
   * once: while what waits is read there is nothing more to lower, and nothing to grow by either.
   */
  #followReader(now: Micros, path: Path, got: number, choose: () => void): void {
    path.readRate = got;
    if (this.#rate <= BEHIND_SHARE * got) return;
    choose();
    this.#capacity = got;
    this.#rate = Math.max(BEHIND_SHARE * got, path.monitor.isFarBehind ? 0 : BEHIND_FLOOR_SHARE * this.#rate);
    this.#onFull(now, DOUBLINGS_WHEN_BEHIND);
    this.#decreasedAt = now;
  }

  /** A queue is one when several answers in a row were late, and over when one is not. */
  #followQueue(now: Micros, path: Path): void {
    const { monitor } = path;
    const wasContested = path.contention.isContested;
    path.contention.onReport(now, monitor, path.queue?.delay ?? 0);
    if (monitor.isQueued && path.queue === undefined) path.contention.onQueue(this.#rate);
    if (!wasContested && path.contention.isContested) {
      this.#window = (this.#rate * monitor.roundTrip) / MICROS_PER_SECOND;
    }
    if (!monitor.isQueued) {
      // What drained it was below the capacity.
      if (path.queue !== undefined && !path.contention.isContested && Number.isFinite(this.#capacity)) {
        this.#rate = Math.max(this.#rate, Math.min(path.queue.rate, CRUISE_SHARE * this.#capacity));
      }
      path.queue = undefined;
    } else {
      path.queue ??= { delay: monitor.queueDelay, rate: this.#rate };
    }
  }

  #grow(now: Micros, reading: PathReading, { monitor }: Path, isCompeting: boolean): void {
    const micros = Math.min(now - this.#grownAt, GROWTH_STEP_MAX_MICROS);
    this.#grownAt = now;
    if (reading.sendRate < USED_SHARE * this.bytesPerSecond || this.#rate > this.#max || monitor.isPressed) return;
    const growth = isCompeting
      ? COMPETING_GROWTH_MAX_PER_SECOND
      : growthAfter(now - this.#fullAt, this.#doublingMicros, monitor.baseRoundTrip);
    const grown = this.#rate * Math.exp((growth * micros) / MICROS_PER_SECOND);
    // What is not sent is not known to get through, by whatever leap.
    this.#rate = Math.max(this.#rate, Math.min(grown, reading.sendRate / USED_SHARE));
    if (isCompeting) this.#rate = Math.min(this.#rate, this.#competingRate(micros, monitor.roundTrip));
  }

  /** A window that grows by what TCP adds to its own in a round trip: where the queue grows, the rate does not. */
  #competingRate(micros: Micros, roundTripOrNone: Micros): number {
    const roundTrip = Math.max(1, roundTripOrNone);
    this.#window += (COMPETING_DATAGRAMS_PER_ROUND_TRIP * this.#datagramBytes * micros) / roundTrip;
    return (this.#window * MICROS_PER_SECOND) / roundTrip;
  }

  /** `doublings`: how far growth is on already. */
  #onFull(now: Micros, doublings = 0, doublingMicros: Micros = GROWTH_DOUBLING_MICROS): void {
    this.#fullAt = now - doublings * doublingMicros;
    this.#grownAt = now;
    this.#doublingMicros = doublingMicros;
  }

  /** A group that never said a word may be one of silent receivers, and gets its file, if slowly. */
  get #floor(): number {
    return this.#hasAnswer ? FLOOR_BYTES_PER_SECOND : UNANSWERED_BYTES_PER_SECOND;
  }

  /** From the floor on, as after the beginning: what was known of the path may have changed. */
  #restart(now: Micros): void {
    this.#rate = this.#floor;
    this.#isStarting = true;
    this.#capacity = Infinity;
    this.#steppedAt = now;
  }

  #pathOf(now: Micros, nodeId: number): Path {
    let path = this.#paths.get(nodeId);
    if (path === undefined) {
      const [silentLongest] = this.#paths.size < PATHS_MAX ? [] : this.#paths.keys();
      if (silentLongest !== undefined) this.#paths.delete(silentLongest);
      path = {
        monitor: new PathMonitor(),
        queue: undefined,
        hasReception: false,
        readRate: undefined,
        contention: new Contention(),
      };
    }
    this.#paths.delete(nodeId);
    this.#paths.set(nodeId, path);
    return path;
  }
}

function growthAfter(micros: Micros, doublingMicros: Micros, roundTrip: Micros): number {
  const doubling = Math.max(doublingMicros, GROWTH_DOUBLING_ROUND_TRIPS * roundTrip);
  return Math.min(GROWTH_MAX_PER_SECOND, GROWTH_PER_SECOND * 2 ** (micros / doubling));
}

/** Loss up to which nothing is wrong. Beside TCP every loss counts, as it does for TCP, where the path has none of its own. */
function allowedLoss(monitor: PathMonitor, reading: PathReading, isCompeting: boolean): number {
  const { ownLossRatio } = monitor;
  if (isCompeting && ownLossRatio < CHANCE_RATIO_MIN) return 0;
  return LOSS_RISE + OWN_LOSS_FACTOR * ownLossRatio + chanceOf(monitor, reading);
}

/** How far the loss of so few datagrams may be above its mean without any reason. */
function chanceOf({ ownLossRatio }: PathMonitor, { datagramCount }: PathReading): number {
  const ratio = Math.max(CHANCE_RATIO_MIN, ownLossRatio);
  return CHANCE_MARGIN * Math.sqrt((ratio * (1 - ratio)) / datagramCount);
}
