import type { DatagramBatch } from '../batch.ts';
import { DATA_OVERHEAD_MAX_BYTES, NACKS_PER_CYCLE_MAX } from '../limits.ts';
import type { EventQueue } from '../object/event-queue.ts';
import { readRepairDemand } from '../object/repair-demand.ts';
import { RepairRequestBuilder } from '../object/repair-request-builder.ts';
import { TimerTable } from '../object/timer-table.ts';
import type { Random } from '../random.ts';
import { earlier, MICROS_PER_SECOND, type Micros } from '../time.ts';
import { ACK_TYPE } from '../wire/ack.ts';
import type { AckReqCommand } from '../wire/command-ack-req.ts';
import type { CcCommand } from '../wire/command-cc.ts';
import type { FlushCommand } from '../wire/command-flush.ts';
import type { DataMessage } from '../wire/data.ts';
import type { SenderFields } from '../wire/header.ts';
import type { Message } from '../wire/message.ts';
import { OBJECT_FLAG } from '../wire/object-flags.ts';
import type { ObjectPosition } from '../wire/object-position.ts';
import { unquantizeGroupSize, unquantizeRtt } from '../wire/quantization.ts';
import type { RepairRequest } from '../wire/repair-request.ts';
import type { CodecShelf } from './codec-shelf.ts';
import { CongestionMonitor } from './congestion-monitor.ts';
import type { FeedbackTarget, FeedbackWriter } from './feedback-writer.ts';
import { LossEstimator } from './loss-estimator.ts';
import { NackScheduler } from './nack-scheduler.ts';
import { OverheardRequests } from './overheard-requests.ts';
import { randomBackoff } from './random-backoff.ts';
import type { ReceiverEvent } from './receiver-event.ts';
import type { ReceiverSettings } from './receiver-settings.ts';
import type { MutableReceiverStats, RemoteSenderStats } from './receiver-stats.ts';
import { type Reach, Receptions } from './receptions.ts';

/** Why a receiver wakes up for a sender, beside the repair cycle, which keeps its own time. */
type ReceiverTimer =
  /** Answer a round-trip probe, unless a NACK or ACK has done so on its way. */
  | 'feedback'
  /** Acknowledge what was asked for. */
  | 'acknowledge'
  /** See whether the sender has been silent for too long. */
  | 'inactivity';

/** What a sender sends, as far as its receivers care. */
export type SenderMessage = Exclude<Message, { readonly type: 'data' | 'nack' | 'ack' | 'report' }>;

interface Acknowledgement {
  readonly ackType: number;
  readonly ackId: number;
  readonly position: ObjectPosition | undefined;
}

/** Silence that RFC 5740 §5.3 reckons with: NORM_ROBUST_FACTOR times the 2 × GRTT between two flushes … */
const INACTIVITY_GRTTS = 40;
/** … but never below what the slowest probe interval of a sender with nothing to send takes, and one lost on the way. */
const INACTIVITY_MIN_MICROS = 3 * MICROS_PER_SECOND;
/** No sender restarts faster; and no datagram of a local network is later. */
const SUCCESSION_MIN_MICROS = 20_000;
/** So many datagrams in a row are no stragglers, even if the last of the former life came just before them. */
const SUCCESSION_COUNT = 256;
/** Answers to one probe that a sender can expect of the whole group, however large it is. */
const PROBE_ANSWERS_WANTED = 32;

/** One life of one sender, as a receiver knows it: its objects, its timing, and the feedback that is due to it. */
export class RemoteSender {
  readonly nodeId: number;
  readonly instanceId: number;
  readonly #settings: ReceiverSettings;
  readonly #random: Random;
  readonly #writer: FeedbackWriter;
  readonly #stats: MutableReceiverStats;
  readonly #events: EventQueue<ReceiverEvent>;
  /** Its objects. */
  readonly receptions: Receptions;
  readonly #loss = new LossEstimator();
  readonly #congestion: CongestionMonitor;
  readonly #nacks: NackScheduler;
  readonly #overheard = new OverheardRequests();
  /** How far the transmission had come when the present repair cycle began. */
  #cycleReach: Reach | undefined;
  /** When it was first seen to have gone on since. */
  #passedSinceAt: Micros | undefined;
  readonly #timers = new TimerTable<ReceiverTimer>();
  #acknowledgement: Acknowledgement | undefined;
  #peer = 0;
  #lastHeardAt: Micros = 0;
  /** Another instance id under this node id, and how many datagrams in a row came from it. */
  #successorId = -1;
  #successorCount = 0;
  #isInactive = false;
  #hasEnded = false;
  #datagramCount = 0;
  #byteCount = 0;
  // What the sender advertises, as it came and as it is reckoned with.
  #grttQuantized = -1;
  #groupSizeQuantized = -1;
  #grtt: Micros = 0;
  #groupSize = 1;
  #backoffFactor = 0;
  // The last probe.
  #probeSentAt: Micros = 0;
  #probeHeardAt: Micros = 0;
  /** The answer that waits is only to say that this path takes less. */
  #isFeedbackForRate = false;

  constructor(
    nodeId: number,
    instanceId: number,
    settings: ReceiverSettings,
    random: Random,
    codecs: CodecShelf,
    writer: FeedbackWriter,
    stats: MutableReceiverStats,
    events: EventQueue<ReceiverEvent>,
  ) {
    this.nodeId = nodeId;
    this.instanceId = instanceId;
    this.#settings = settings;
    this.#random = random;
    this.#writer = writer;
    this.#stats = stats;
    this.#events = events;
    this.#nacks = new NackScheduler(random);
    this.#congestion = new CongestionMonitor(settings.nodeId);
    this.receptions = new Receptions(nodeId, instanceId, settings, codecs, stats, events);
  }

  get isInactive(): boolean {
    return this.#isInactive || this.#hasEnded;
  }

  get stats(): RemoteSenderStats {
    return {
      instanceId: this.instanceId,
      datagramCount: this.#datagramCount,
      byteCount: this.#byteCount,
      lossRatio: this.#loss.lossRatio,
      recentLossRatio: this.#loss.recentLossRatio,
      grttMicros: this.#grtt,
    };
  }

  get wakeAt(): Micros | undefined {
    return earlier(this.#nacks.wakeAt, this.#timers.earliest);
  }

  onMet(now: Micros): void {
    this.#timers.set('inactivity', now + INACTIVITY_MIN_MICROS);
  }

  /** Any datagram of the sender: what all of them carry. */
  onHeard(now: Micros, fields: SenderFields, length: number, peer: number): void {
    this.#datagramCount += 1;
    this.#byteCount += length;
    this.#lastHeardAt = now;
    this.#peer = peer;
    if (this.#loss.onSequence(fields.sequence) > 0) this.#congestion.onLoss(now, this.#totals, this.#grtt);
    this.#successorCount = 0;
    if (fields.grttQuantized !== this.#grttQuantized) {
      this.#grttQuantized = fields.grttQuantized;
      this.#grtt = unquantizeRtt(fields.grttQuantized);
      this.#backoffFactor = fields.backoffFactor;
      this.#nacks.shorten(now, this.#longestBackoff, this.#holdOff);
    }
    if (fields.groupSizeQuantized !== this.#groupSizeQuantized) {
      this.#groupSizeQuantized = fields.groupSizeQuantized;
      this.#groupSize = unquantizeGroupSize(fields.groupSizeQuantized);
    }
    this.#backoffFactor = fields.backoffFactor;
    if (this.#isInactive) {
      this.#isInactive = false;
      this.#nacks.onAnswered();
      this.#timers.set('inactivity', now + this.#inactivity);
      this.#checkDemand(now);
    }
  }

  /** A datagram of another life of the sender came. Returns whether that one is the present one. */
  isSucceededBy(now: Micros, instanceId: number): boolean {
    this.#successorCount = this.#successorId === instanceId ? this.#successorCount + 1 : 1;
    this.#successorId = instanceId;
    const silence = now - this.#lastHeardAt;
    return silence >= Math.max(SUCCESSION_MIN_MICROS, 2 * this.#grtt) || this.#successorCount >= SUCCESSION_COUNT;
  }

  /** The hot path: a symbol. */
  handleData(now: Micros, data: DataMessage, payload: Uint8Array): void {
    this.#hasEnded = false;
    if (this.#nacks.isUnanswered && this.receptions.isAnswer(data)) this.#nacks.onAnswered();
    if (this.receptions.onData(data, payload)) this.#checkDemand(now);
  }

  /** `waited`: how long it had lain in the socket. */
  handleMessage(now: Micros, message: SenderMessage, waited: Micros): void {
    switch (message.type) {
      case 'info':
        this.#hasEnded = false;
        if ((message.flags & OBJECT_FLAG.repair) !== 0) this.#nacks.onAnswered();
        if (this.receptions.onInfo(message)) this.#checkDemand(now);
        break;
      case 'flush':
        this.#handleFlush(now, message);
        break;
      case 'squelch':
        this.receptions.onSquelch(message);
        break;
      case 'cc':
        this.#handleProbe(now, message, waited);
        break;
      case 'repairAdv':
        this.onOverheard(message.repairRequests);
        break;
      case 'ackReq':
        this.#handleAckReq(now, message);
        break;
      case 'eot':
        if (!this.#hasEnded)
          this.#events.push({ type: 'endOfTransmission', senderId: this.nodeId, instanceId: this.instanceId });
        this.#hasEnded = true;
        break;
      case 'application':
        break;
    }
  }

  /** Somebody asked for repair, or the sender says that somebody did. It matters only while we wait to ask. */
  onOverheard(requests: readonly RepairRequest[]): void {
    if (this.#nacks.state === 'backoff') readRepairDemand(requests, this.#overheard);
  }

  handleTimeout(now: Micros): void {
    if (this.#nacks.endHoldOff(now)) this.#checkDemand(now);
    if (this.#timers.isDue('inactivity', now)) {
      const inactiveAt = this.#lastHeardAt + this.#inactivity;
      if (inactiveAt > now) {
        this.#timers.set('inactivity', inactiveAt);
      } else {
        this.#timers.stop('inactivity');
        this.#isInactive = true;
        this.#events.push({ type: 'senderInactive', senderId: this.nodeId, instanceId: this.instanceId });
      }
    }
  }

  transmit(now: Micros, batch: DatagramBatch): void {
    if (this.#settings.isSilent || !batch.hasRoom(this.#nackSizeMax)) return;
    if (this.#nacks.isDue(now)) this.#transmitNacks(now, batch);
    if (this.#timers.isDue('acknowledge', now) && batch.hasRoom(DATA_OVERHEAD_MAX_BYTES)) {
      this.#timers.stop('acknowledge');
      this.#timers.stop('feedback');
      const acknowledgement = this.#acknowledgement;
      if (acknowledgement !== undefined) {
        const { ackType, ackId, position } = acknowledgement;
        this.#writer.acknowledgement(batch, this.#target(now), ackType, ackId, position);
      }
    }
    if (this.#timers.isDue('feedback', now) && batch.hasRoom(DATA_OVERHEAD_MAX_BYTES)) {
      this.#timers.stop('feedback');
      this.#writer.acknowledgement(batch, this.#target(now), ACK_TYPE.cc, 0, undefined);
    }
  }

  #handleFlush(now: Micros, { position, acknowledgingNodeIds }: FlushCommand): void {
    this.#hasEnded = false;
    this.receptions.onFlush(position);
    this.#checkDemand(now);
    if (!acknowledgingNodeIds.includes(this.#settings.nodeId) || !this.receptions.hasAllThrough(position)) return;
    this.#acknowledge(now, { ackType: ACK_TYPE.flush, ackId: 0, position }, acknowledgingNodeIds.length);
  }

  #handleAckReq(now: Micros, { ackType, ackId, acknowledgingNodeIds }: AckReqCommand): void {
    // A FLUSH acknowledgement names a position, which only a FLUSH tells.
    if (ackType === ACK_TYPE.flush || !acknowledgingNodeIds.includes(this.#settings.nodeId)) return;
    this.#acknowledge(now, { ackType, ackId, position: undefined }, acknowledgingNodeIds.length);
  }

  /** Acknowledgements of several receivers are spread over one GRTT. RFC 5740 §5.5. */
  #acknowledge(now: Micros, acknowledgement: Acknowledgement, askedCount: number): void {
    if (this.#settings.isSilent) return;
    this.#acknowledgement = acknowledgement;
    const wait = askedCount > 1 ? this.#random.below(this.#grtt) : 0;
    this.#timers.start('acknowledge', now + wait);
  }

  #handleProbe(now: Micros, probe: CcCommand, waited: Micros): void {
    const { sendTime, rateQuantized, ccNodes } = probe;
    this.#probeSentAt = sendTime;
    this.#probeHeardAt = now;
    this.#congestion.onProbe(now, probe, this.#totals, this.#grtt, waited);
    this.#checkDemand(now);
    if (this.#settings.isSilent) return;
    // RFC 5740 §5.5.1, §5.5.2.3: those that a probe names answer at once. One that carries the rate asks the others too:
    // a few of them, and whoever's path takes less than what is known of. Who finds that it need not speak, keeps silent.
    if (ccNodes.some(({ nodeId }) => nodeId === this.#settings.nodeId)) {
      this.#timers.set('feedback', now);
      return;
    }
    const { isLimiting } = this.#congestion;
    if (this.#isFeedbackForRate && !isLimiting) this.#timers.stop('feedback');
    if (rateQuantized === undefined) return;
    const isWanted = this.#random.chance(PROBE_ANSWERS_WANTED / this.#groupSize);
    if (isWanted || isLimiting) {
      if (isWanted) this.#isFeedbackForRate = false;
      else if (!this.#timers.isRunning('feedback')) this.#isFeedbackForRate = true;
      // An answer that waits is not put off: it goes with the last probe's time, and where probes come faster than the
      // longest back-off it would never go.
      this.#timers.start('feedback', now + randomBackoff(this.#random, this.#longestBackoff, this.#groupSize));
    }
  }

  /** Begins a repair cycle if anything that was passed is lacking. */
  #checkDemand(now: Micros): void {
    if (this.#nacks.state === 'backoff') this.#passedSinceAt ??= now;
    if (this.#nacks.state !== 'idle' || this.#isInactive || this.#hasEnded || this.#settings.isSilent) return;
    if (!this.receptions.hasDemand) return;
    this.#overheard.clear();
    this.#beginCycle(now, now);
  }

  /** @param since from when on the back-off counts */
  #beginCycle(now: Micros, since: Micros): void {
    this.#cycleReach = this.receptions.reach;
    this.#passedSinceAt = undefined;
    this.#nacks.onDemand(now, since, this.#longestBackoff, this.#groupSize);
  }

  #transmitNacks(now: Micros, batch: DatagramBatch): void {
    if (!this.receptions.hasDemand || this.#hasEnded) {
      this.#nacks.onSatisfied();
      return;
    }
    // What was passed while this receiver waited to ask for something else, it has not waited for: if the rest was asked
    // for meanwhile, nobody in a large group would be left who is silent about it. RFC 5401 §3.2.2.
    const reach = this.#cycleReach;
    if (
      this.#passedSinceAt !== undefined &&
      reach !== undefined &&
      !this.receptions.hasUnasked(this.#overheard, reach)
    ) {
      this.#stats.suppressedCount += 1;
      this.#nacks.onSatisfied();
      this.#beginCycle(now, this.#passedSinceAt);
      return;
    }
    this.#ask(now, batch);
  }

  #ask(now: Micros, batch: DatagramBatch): void {
    let hasAsked = false;
    for (let count = 0; count < NACKS_PER_CYCLE_MAX && batch.hasRoom(this.#nackSizeMax); count += 1) {
      const builder = new RepairRequestBuilder(this.receptions.nackContentSize);
      this.receptions.addDemand(builder, this.#overheard);
      if (builder.isEmpty) break;
      const requests = builder.build();
      this.#writer.nack(batch, this.#target(now), requests);
      hasAsked = true;
      if (!builder.isFull) break;
      // What this message asks for, the next one need not.
      readRepairDemand(requests, this.#overheard);
    }
    if (hasAsked) this.#timers.stop('feedback');
    else this.#stats.suppressedCount += 1;
    this.#nacks.onAsked(now, this.#holdOff);
  }

  #target(now: Micros): FeedbackTarget {
    const wasProbed = this.#probeSentAt !== 0;
    return {
      senderId: this.nodeId,
      instanceId: this.instanceId,
      peer: this.#settings.feedback === 'unicast' ? this.#peer : 0,
      grttResponse: wasProbed ? this.#probeSentAt + (now - this.#probeHeardAt) : 0,
      feedback: wasProbed ? this.#congestion.feedback(this.#loss.recentLossRatio) : undefined,
      reception: this.#congestion.reception,
    };
  }

  get #totals(): { readonly datagramCount: number; readonly byteCount: number; readonly expectedCount: number } {
    const { expectedCount } = this.#loss;
    return { datagramCount: this.#datagramCount, byteCount: this.#byteCount, expectedCount };
  }

  get #nackSizeMax(): number {
    return this.receptions.nackContentSize + DATA_OVERHEAD_MAX_BYTES;
  }

  get #longestBackoff(): Micros {
    return this.#backoffFactor * this.#grtt;
  }

  /** RFC 5740 §5.3: the sender gathers for (K + 1) × GRTT, and its answer takes one more. */
  get #holdOff(): Micros {
    return (this.#backoffFactor + 2) * this.#grtt;
  }

  get #inactivity(): Micros {
    return this.#settings.inactivityMicros ?? Math.max(INACTIVITY_MIN_MICROS, INACTIVITY_GRTTS * this.#grtt);
  }
}
