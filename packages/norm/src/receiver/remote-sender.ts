import type { DatagramBatch } from '../batch.ts';
import {
  DATA_OVERHEAD_MAX_BYTES,
  ENCODING_SYMBOL_COUNT_MAX,
  NACKS_PER_CYCLE_MAX,
  OBJECT_BITMAP_MAX_BYTES,
  SYMBOL_SIZE_MAX_BYTES,
} from '../limits.ts';
import type { EventQueue } from '../object/event-queue.ts';
import { readRepairDemand } from '../object/repair-demand.ts';
import { RepairRequestBuilder } from '../object/repair-request-builder.ts';
import { TimerTable } from '../object/timer-table.ts';
import type { Random } from '../random.ts';
import type { ByteRange } from '../range-set.ts';
import { earlier, MICROS_PER_SECOND, type Micros } from '../time.ts';
import { ACK_TYPE } from '../wire/ack.ts';
import type { AckReqCommand } from '../wire/command-ack-req.ts';
import type { CcCommand } from '../wire/command-cc.ts';
import type { FlushCommand } from '../wire/command-flush.ts';
import type { SquelchCommand } from '../wire/command-squelch.ts';
import type { DataMessage } from '../wire/data.ts';
import type { ObjectTransmissionInformation } from '../wire/ext-fti.ts';
import { FEC_ENCODING_ID, type FecEncodingId } from '../wire/fec-payload-id.ts';
import type { SenderFields } from '../wire/header.ts';
import type { InfoMessage } from '../wire/info.ts';
import type { Message } from '../wire/message.ts';
import { OBJECT_FLAG } from '../wire/object-flags.ts';
import type { ObjectPosition } from '../wire/object-position.ts';
import { quantizeLoss, unquantizeGroupSize, unquantizeRtt } from '../wire/quantization.ts';
import type { RepairRequest } from '../wire/repair-request.ts';
import { toiDifference } from '../wire/serial.ts';
import type { CodecShelf } from './codec-shelf.ts';
import type { FeedbackTarget, FeedbackWriter } from './feedback-writer.ts';
import { LossEstimator } from './loss-estimator.ts';
import { NackScheduler } from './nack-scheduler.ts';
import { OverheardRequests } from './overheard-requests.ts';
import { randomBackoff } from './random-backoff.ts';
import { bitmapBytes, ReceivedObject } from './received-object.ts';
import type { ObjectAbortReason, ObjectKey, ReceiverEvent } from './receiver-event.ts';
import type { ObjectAnnouncement } from './receiver-options.ts';
import type { ReceiverSettings } from './receiver-settings.ts';
import type { MutableReceiverStats, RemoteSenderStats } from './receiver-stats.ts';
import { type TrackedObject, TrackedObjects } from './tracked-objects.ts';

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

/** NACK content when no object has told its symbol size yet: fits every network. */
const NACK_CONTENT_DEFAULT_BYTES = 512;
/** Silence that RFC 5740 §5.3 reckons with: NORM_ROBUST_FACTOR times the 2 × GRTT between two flushes … */
const INACTIVITY_GRTTS = 40;
/** … but never below what the slowest probe interval of a sender with nothing to send takes, and one lost on the way. */
const INACTIVITY_MIN_MICROS = 3 * MICROS_PER_SECOND;
/** Answers to one probe that a sender can expect of the whole group, however large it is. */
const PROBE_ANSWERS_WANTED = 32;

/** One life of one sender, as a receiver knows it: its objects, its timing, and the feedback that is due to it. */
export class RemoteSender {
  readonly nodeId: number;
  readonly instanceId: number;
  /** The life before this one. */
  readonly formerInstanceId: number | undefined;
  readonly #settings: ReceiverSettings;
  readonly #random: Random;
  readonly #codecs: CodecShelf;
  readonly #writer: FeedbackWriter;
  readonly #stats: MutableReceiverStats;
  readonly #events: EventQueue<ReceiverEvent>;
  readonly #objects: TrackedObjects;
  readonly #loss = new LossEstimator();
  readonly #nacks: NackScheduler;
  readonly #overheard = new OverheardRequests();
  readonly #timers = new TimerTable<ReceiverTimer>();
  #acknowledgement: Acknowledgement | undefined;
  #peer = 0;
  #lastHeardAt: Micros = 0;
  #isInactive = false;
  #hasEnded = false;
  #datagramCount = 0;
  #byteCount = 0;
  #closedDecodedCount = 0;
  // What the sender advertises, as it came and as it is reckoned with.
  #grttQuantized = -1;
  #groupSizeQuantized = -1;
  #grtt: Micros = 0;
  #groupSize = 1;
  #backoffFactor = 0;
  #nackContentSize = NACK_CONTENT_DEFAULT_BYTES;
  #fecEncodingId: FecEncodingId = FEC_ENCODING_ID.reedSolomon;
  // The last probe.
  #probeSentAt: Micros = 0;
  #probeHeardAt: Micros = 0;
  #probeSequence = 0;
  #probeRateQuantized = 0;

  constructor(
    nodeId: number,
    instanceId: number,
    formerInstanceId: number | undefined,
    settings: ReceiverSettings,
    random: Random,
    codecs: CodecShelf,
    writer: FeedbackWriter,
    stats: MutableReceiverStats,
    events: EventQueue<ReceiverEvent>,
  ) {
    this.nodeId = nodeId;
    this.instanceId = instanceId;
    this.formerInstanceId = formerInstanceId;
    this.#settings = settings;
    this.#random = random;
    this.#codecs = codecs;
    this.#writer = writer;
    this.#stats = stats;
    this.#events = events;
    this.#nacks = new NackScheduler(random);
    this.#objects = new TrackedObjects(settings.firstToi, (tracked) => this.#abort(tracked, 'displaced'));
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

  get decodedSymbolCount(): number {
    let count = this.#closedDecodedCount;
    for (const { object } of this.#objects.all()) count += object?.decodedSymbolCount ?? 0;
    return count;
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
    this.#loss.onSequence(fields.sequence);
    this.#nacks.onHeard();
    if (fields.grttQuantized !== this.#grttQuantized) {
      this.#grttQuantized = fields.grttQuantized;
      this.#grtt = unquantizeRtt(fields.grttQuantized);
    }
    if (fields.groupSizeQuantized !== this.#groupSizeQuantized) {
      this.#groupSizeQuantized = fields.groupSizeQuantized;
      this.#groupSize = unquantizeGroupSize(fields.groupSizeQuantized);
    }
    this.#backoffFactor = fields.backoffFactor;
    if (this.#isInactive) {
      this.#isInactive = false;
      this.#timers.set('inactivity', now + this.#inactivity);
      this.#checkDemand(now);
    }
  }

  /** The hot path: a symbol. */
  handleData(now: Micros, data: DataMessage, payload: Uint8Array): void {
    this.#hasEnded = false;
    const isRepair = data.hasFlag(OBJECT_FLAG.repair);
    const newest = this.#objects.newestToi;
    const tracked = this.#objects.heard(data.toi, this.#asksForFirst);
    if (tracked === undefined) return;
    const { oti } = data;
    if (tracked.state === 'unknown') {
      if (oti === undefined) return;
      this.#announce(tracked, data.flags, data.fecEncodingId, oti);
      const { object } = tracked;
      // 'block': what was sent before it joined is not asked for. Repair does not tell where the transmission is.
      if (object !== undefined && !tracked.mayBeAsked) object.askFrom = isRepair ? Infinity : data.sourceBlockNumber;
    }
    const { object } = tracked;
    if (tracked.state === 'receiving' && object !== undefined) {
      if (oti !== undefined && !isSame(oti, object)) {
        this.#stats.malformedCount += 1;
        return;
      }
      if (!this.#addSymbol(tracked, object, data, payload)) return;
      if (
        !isRepair &&
        data.sourceBlockNumber > object.pastBlock &&
        data.sourceBlockNumber < object.partition.blockCount
      ) {
        object.pastBlock = data.sourceBlockNumber;
        if (object.askFrom === Infinity) object.askFrom = data.sourceBlockNumber;
        this.#checkDemand(now);
      }
    }
    if (this.#objects.newestToi !== newest) this.#checkDemand(now);
  }

  handleMessage(now: Micros, message: SenderMessage): void {
    switch (message.type) {
      case 'info':
        this.#handleInfo(now, message);
        break;
      case 'flush':
        this.#handleFlush(now, message);
        break;
      case 'squelch':
        this.#handleSquelch(message);
        break;
      case 'cc':
        this.#handleProbe(now, message);
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

  missingRanges(toi: number): readonly ByteRange[] | undefined {
    const tracked = this.#objects.get(toi);
    if (tracked === undefined) return undefined;
    if (tracked.state === 'completed') return [];
    const { object } = tracked;
    return object === undefined ? undefined : this.#guarded(tracked, () => object.missingRanges());
  }

  putRange(toi: number, offset: number, bytes: Uint8Array): boolean {
    const tracked = this.#objects.get(toi);
    const object = tracked?.object;
    if (tracked?.state === 'completed') return true;
    if (tracked === undefined || object === undefined) return false;
    if (!(offset >= 0 && offset + bytes.length <= object.partition.size))
      throw new RangeError('range outside the object');
    const isDone = this.#guarded(tracked, () => {
      object.put(offset, bytes);
      return true;
    });
    this.#completeIfDone(tracked, object);
    return isDone ?? false;
  }

  dropObject(toi: number): void {
    const tracked = this.#objects.get(toi);
    if (tracked === undefined) return;
    tracked.move('declined');
    this.#close(tracked, false);
  }

  /** The sender has started again, or is forgotten: nothing more will come of this life's objects. */
  abandon(): void {
    for (const tracked of this.#objects.all()) this.#abort(tracked, 'senderChanged');
  }

  #handleInfo(now: Micros, message: InfoMessage): void {
    this.#hasEnded = false;
    const newest = this.#objects.newestToi;
    const tracked = this.#objects.heard(message.toi, this.#asksForFirst);
    if (tracked === undefined) return;
    if (tracked.state === 'unknown' && message.oti !== undefined) {
      this.#announce(tracked, message.flags | OBJECT_FLAG.info, message.fecEncodingId, message.oti);
      // INFO comes before the first block: who hears it has missed nothing. Repair of it says nothing.
      const isRepair = (message.flags & OBJECT_FLAG.repair) !== 0;
      if (tracked.object !== undefined && !tracked.mayBeAsked && isRepair) tracked.object.askFrom = Infinity;
    }
    const { object } = tracked;
    if (tracked.state === 'receiving' && object !== undefined && !object.infoReceived) {
      object.infoReceived = true;
      this.#events.push({ type: 'infoReceived', object: this.#keyOf(tracked.toi), info: message.content });
      this.#completeIfDone(tracked, object);
    }
    if (this.#objects.newestToi !== newest) this.#checkDemand(now);
  }

  /** Everything up to the position has been sent. RFC 5740 §4.2.3.1. */
  #handleFlush(now: Micros, { position, acknowledgingNodeIds }: FlushCommand): void {
    this.#hasEnded = false;
    this.#fecEncodingId = position.fecEncodingId;
    const tracked = this.#objects.heard(position.toi, this.#asksForFirst);
    if (tracked !== undefined) {
      tracked.isPassed = true;
      const { object } = tracked;
      if (object !== undefined) {
        const passed = Math.min(object.partition.blockCount, position.sourceBlockNumber + 1);
        object.pastBlock = Math.max(object.pastBlock, passed);
      }
    }
    this.#checkDemand(now);
    if (!acknowledgingNodeIds.includes(this.#settings.nodeId) || !this.#hasAllThrough(position)) return;
    this.#acknowledge(now, { ackType: ACK_TYPE.flush, ackId: 0, position }, acknowledgingNodeIds.length);
  }

  #handleAckReq(now: Micros, { ackType, ackId, acknowledgingNodeIds }: AckReqCommand): void {
    // A FLUSH acknowledgement names a position, which only a FLUSH tells.
    if (ackType === ACK_TYPE.flush || !acknowledgingNodeIds.includes(this.#settings.nodeId)) return;
    this.#acknowledge(now, { ackType, ackId, position: undefined }, acknowledgingNodeIds.length);
  }

  /** Acknowledgements of several receivers are spread over one GRTT. RFC 5740 §5.5. */
  #acknowledge(now: Micros, acknowledgement: Acknowledgement, askedCount: number): void {
    this.#acknowledgement = acknowledgement;
    const wait = askedCount > 1 ? this.#random.below(this.#grtt) : 0;
    this.#timers.start('acknowledge', now + wait);
  }

  #hasAllThrough(position: ObjectPosition): boolean {
    if (this.#objects.get(position.toi) === undefined) return false;
    for (const { toi, state, object } of this.#objects.all()) {
      const ahead = toiDifference(toi, position.toi);
      if (ahead > 0 || state === 'completed' || state === 'ignored') continue;
      const isPassed = ahead === 0 && object !== undefined && object.firstIncomplete > position.sourceBlockNumber;
      if (!isPassed || state !== 'receiving' || !object.infoReceived) return false;
    }
    return true;
  }

  /** What lies before the position, and the listed objects, cannot be had any more. RFC 5740 §4.2.3.3. */
  #handleSquelch({ position, invalidTois }: SquelchCommand): void {
    for (const tracked of this.#objects.all()) {
      if (toiDifference(tracked.toi, position.toi) < 0) this.#abort(tracked, 'squelched');
    }
    for (const toi of invalidTois) {
      const tracked = this.#objects.get(toi);
      if (tracked !== undefined) this.#abort(tracked, 'squelched');
    }
    const first = this.#objects.get(position.toi);
    const object = first?.object;
    if (first?.state !== 'receiving' || object === undefined) return;
    if (position.sourceBlockNumber <= object.askFrom) return;
    const isLacking = object.firstIncomplete < position.sourceBlockNumber;
    object.askFrom = position.sourceBlockNumber;
    if (isLacking) this.#events.push({ type: 'objectAborted', object: this.#keyOf(first.toi), reason: 'squelched' });
  }

  #handleProbe(now: Micros, { ccSequence, sendTime, rateQuantized, ccNodes }: CcCommand): void {
    this.#probeSentAt = sendTime;
    this.#probeHeardAt = now;
    this.#probeSequence = ccSequence;
    this.#checkDemand(now);
    // RFC 5740 §5.5.1: a probe that carries the rate asks for answers. Those it names answer at once; of the others, a few.
    if (rateQuantized === undefined) return;
    this.#probeRateQuantized = rateQuantized;
    if (ccNodes.some(({ nodeId }) => nodeId === this.#settings.nodeId)) {
      this.#timers.set('feedback', now);
    } else if (this.#random.chance(PROBE_ANSWERS_WANTED / this.#groupSize)) {
      this.#timers.set('feedback', now + randomBackoff(this.#random, this.#longestBackoff, this.#groupSize));
    }
  }

  #announce(
    tracked: TrackedObject,
    flags: number,
    fecEncodingId: FecEncodingId,
    oti: ObjectTransmissionInformation,
  ): void {
    this.#fecEncodingId = fecEncodingId;
    const object = this.#keyOf(tracked.toi);
    const refusal = refusalOf(flags, oti);
    if (refusal !== undefined) {
      tracked.move('refused');
      this.#events.push({ type: 'objectRefused', object, reason: refusal });
      return;
    }
    const announcement: ObjectAnnouncement = {
      ...object,
      size: oti.transferLength,
      symbolSize: oti.encodingSymbolLength,
      blockLength: oti.maximumSourceBlockLength,
      repairSymbolCount: oti.repairSymbolCount,
      hasInfo: (flags & OBJECT_FLAG.info) !== 0,
      kind: (flags & OBJECT_FLAG.file) === 0 ? 'data' : 'file',
    };
    const reception = this.#settings.onObject(announcement);
    if (reception === undefined) {
      tracked.move('declined');
      return;
    }
    const { blockLength, repairSymbolCount, symbolSize } = announcement;
    const store = this.#codecs.storeFor(blockLength, repairSymbolCount, symbolSize);
    if (store === undefined) {
      tracked.move('refused');
      this.#events.push({ type: 'objectRefused', object, reason: 'too many kinds of block at once' });
      return;
    }
    this.#nackContentSize = symbolSize;
    tracked.move('announced');
    const received = new ReceivedObject(announcement, fecEncodingId, reception.sink, store, (offset, length) =>
      this.#onWritten(object, offset, length),
    );
    tracked.object = received;
    if (tracked.isPassed) received.pastBlock = received.partition.blockCount;
    for (const range of reception.held ?? []) received.hold(range);
    this.#events.push({ type: 'objectAnnounced', object, announcement });
    this.#completeIfDone(tracked, received);
  }

  /** Returns whether the symbol belongs to the object. */
  #addSymbol(tracked: TrackedObject, object: ReceivedObject, data: DataMessage, payload: Uint8Array): boolean {
    try {
      switch (object.add(data.sourceBlockNumber, data.encodingSymbolId, payload)) {
        case 'added':
          return true;
        case 'blockCompleted':
          this.#completeIfDone(tracked, object);
          return true;
        case 'duplicate':
          this.#stats.duplicateCount += 1;
          return true;
        case 'invalid':
          this.#stats.malformedCount += 1;
          return false;
      }
    } catch (error) {
      this.#abort(tracked, 'sinkFailed', error);
      return false;
    }
  }

  /** Runs something that uses the sink; if that fails, the object is aborted. */
  #guarded<T>(tracked: TrackedObject, action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.#abort(tracked, 'sinkFailed', error);
      return undefined;
    }
  }

  #onWritten(object: ObjectKey, offset: number, length: number): void {
    const { last } = this.#events;
    const continues =
      last?.type === 'rangeWritten' &&
      last.object.toi === object.toi &&
      last.object.senderId === object.senderId &&
      last.object.instanceId === object.instanceId &&
      last.offset + last.length === offset;
    if (continues) this.#events.replaceLast({ ...last, length: last.length + length });
    else this.#events.push({ type: 'rangeWritten', object, offset, length });
  }

  #completeIfDone(tracked: TrackedObject, object: ReceivedObject): void {
    if (!object.isComplete || !object.infoReceived || !tracked.move('completed')) return;
    this.#close(tracked, false);
    this.#events.push({ type: 'objectCompleted', object: this.#keyOf(tracked.toi) });
  }

  #abort(tracked: TrackedObject, reason: ObjectAbortReason, cause?: unknown): void {
    const wasReceiving = tracked.state === 'receiving';
    if (!tracked.move('aborted') || !wasReceiving) return;
    const { object } = tracked;
    if (object !== undefined) {
      // What is in memory is saved, except into a sink that has just failed.
      try {
        object.release(reason !== 'sinkFailed');
      } catch {
        object.release(false);
      }
    }
    this.#events.push({ type: 'objectAborted', object: this.#keyOf(tracked.toi), reason, cause });
  }

  #close(tracked: TrackedObject, keep: boolean): void {
    const { object } = tracked;
    if (object === undefined) return;
    this.#closedDecodedCount += object.decodedSymbolCount;
    object.release(keep);
    tracked.object = undefined;
  }

  /** Begins a repair cycle if anything that was passed is lacking. */
  #checkDemand(now: Micros): void {
    if (this.#nacks.state !== 'idle' || this.#isInactive || this.#hasEnded || this.#settings.isSilent) return;
    if (!this.#hasDemand) return;
    this.#overheard.clear();
    this.#nacks.onDemand(now, this.#longestBackoff, this.#groupSize);
  }

  get #hasDemand(): boolean {
    for (const tracked of this.#objects.all()) if (tracked.hasDemand) return true;
    return false;
  }

  #transmitNacks(now: Micros, batch: DatagramBatch): void {
    if (!this.#hasDemand || this.#hasEnded) {
      this.#nacks.onSatisfied();
      return;
    }
    let hasAsked = false;
    for (let count = 0; count < NACKS_PER_CYCLE_MAX && batch.hasRoom(this.#nackSizeMax); count += 1) {
      const builder = new RepairRequestBuilder(this.#nackContentSize);
      this.#addDemand(builder);
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
    // RFC 5740 §5.3: the sender gathers for (K + 1) × GRTT, and its answer takes one more.
    this.#nacks.onAsked(now, (this.#backoffFactor + 2) * this.#grtt);
  }

  #addDemand(builder: RepairRequestBuilder): void {
    for (const tracked of this.#objects.all()) {
      if (builder.isFull) return;
      if (!tracked.hasDemand) continue;
      if (tracked.object !== undefined) tracked.object.addDemand(builder, this.#overheard);
      else if (!this.#overheard.coversObject(tracked.toi)) builder.addObject(this.#fecEncodingId, tracked.toi);
    }
  }

  #target(now: Micros): FeedbackTarget {
    const wasProbed = this.#probeSentAt !== 0;
    return {
      senderId: this.nodeId,
      instanceId: this.instanceId,
      peer: this.#settings.feedback === 'unicast' ? this.#peer : 0,
      grttResponse: wasProbed ? this.#probeSentAt + (now - this.#probeHeardAt) : 0,
      feedback: wasProbed
        ? {
            ccSequence: this.#probeSequence,
            ccFlags: 0,
            ccRttQuantized: this.#grttQuantized,
            ccRateQuantized: this.#probeRateQuantized,
            lossQuantized: quantizeLoss(this.#loss.recentLossRatio),
          }
        : undefined,
    };
  }

  #keyOf(toi: number): ObjectKey {
    return { senderId: this.nodeId, instanceId: this.instanceId, toi };
  }

  /** Whether the first object that is heard of is asked for as a whole. */
  get #asksForFirst(): boolean {
    return this.#settings.repairPolicy === 'object';
  }

  get #nackSizeMax(): number {
    return this.#nackContentSize + DATA_OVERHEAD_MAX_BYTES;
  }

  get #longestBackoff(): Micros {
    return this.#backoffFactor * this.#grtt;
  }

  get #inactivity(): Micros {
    return this.#settings.inactivityMicros ?? Math.max(INACTIVITY_MIN_MICROS, INACTIVITY_GRTTS * this.#grtt);
  }
}

/** Why an object cannot be received; undefined: it can. */
function refusalOf(flags: number, oti: ObjectTransmissionInformation): string | undefined {
  const { transferLength, encodingSymbolLength, maximumSourceBlockLength, repairSymbolCount } = oti;
  if ((flags & OBJECT_FLAG.stream) !== 0) return 'a stream, not an object';
  if (encodingSymbolLength > SYMBOL_SIZE_MAX_BYTES) return 'symbols larger than a datagram';
  if (maximumSourceBlockLength + repairSymbolCount > ENCODING_SYMBOL_COUNT_MAX)
    return 'more symbols in a block than we keep';
  const bytes = bitmapBytes(transferLength, encodingSymbolLength, maximumSourceBlockLength, repairSymbolCount);
  return bytes > OBJECT_BITMAP_MAX_BYTES ? 'more blocks than a receiver remembers' : undefined;
}

/** Whether the object was announced with this very information. */
function isSame(oti: ObjectTransmissionInformation, { announcement }: ReceivedObject): boolean {
  return (
    oti.transferLength === announcement.size &&
    oti.encodingSymbolLength === announcement.symbolSize &&
    oti.maximumSourceBlockLength === announcement.blockLength &&
    oti.repairSymbolCount === announcement.repairSymbolCount
  );
}
