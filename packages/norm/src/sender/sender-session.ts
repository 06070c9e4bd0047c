import { DatagramMac, DIRECTION } from '../authentication/datagram-mac.ts';
import { FeedbackVerifier } from '../authentication/feedback-verifier.ts';
import { MessageSigner } from '../authentication/message-signer.ts';
import type { DatagramBatch } from '../batch.ts';
import { blockCountWithin } from '../fec/block-pool.ts';
import type { FecCodecOptions } from '../fec/fec-codec.ts';
import { REPAIR_REQUESTS_MAX_BYTES, TRANSFER_LENGTH_MAX_BYTES } from '../limits.ts';
import { BlockPartition } from '../object/block-partition.ts';
import { EventQueue } from '../object/event-queue.ts';
import { readRepairDemand } from '../object/repair-demand.ts';
import { RepairRequestBuilder } from '../object/repair-request-builder.ts';
import { SymbolBits } from '../object/symbol-bits.ts';
import { TimerTable } from '../object/timer-table.ts';
import { Random } from '../random.ts';
import type { Session } from '../session.ts';
import { earlier, MICROS_PER_SECOND, type Micros } from '../time.ts';
import { REPAIR_ADV_FLAG_LIMIT } from '../wire/command-repair-adv.ts';
import type { ObjectTransmissionInformation } from '../wire/ext-fti.ts';
import { sourceBlockNumberMax } from '../wire/fec-payload-id.ts';
import { OBJECT_FLAG } from '../wire/object-flags.ts';
import type { ObjectPosition } from '../wire/object-position.ts';
import { quantizeGroupSize } from '../wire/quantization.ts';
import type { RepairRequest } from '../wire/repair-request.ts';
import { toiDifference } from '../wire/serial.ts';
import { BlockCache } from './block-cache.ts';
import type { BreakerCause } from './circuit-breaker.ts';
import { FeedbackReader } from './feedback-reader.ts';
import { FlushSchedule } from './flush-schedule.ts';
import { GrttEstimator } from './grtt-estimator.ts';
import { ObjectWindow } from './object-window.ts';
import { Pacer } from './pacer.ts';
import { ParityPlanner } from './parity-planner.ts';
import { RateControl } from './rate-control.ts';
import { RepairAccounts } from './repair-accounts.ts';
import { RepairIntake } from './repair-intake.ts';
import { RepairBacklog } from './repair-backlog.ts';
import { type BlockRepair, INFO_BLOCK } from './repair-queue.ts';
import type { SenderEvent } from './sender-event.ts';
import { SenderObject } from './sender-object.ts';
import type { EnqueuedObject, RateSetting, SenderOptions } from './sender-options.ts';
import { senderSettings, type SenderSettings } from './sender-settings.ts';
import { newSenderStats, type SenderStats } from './sender-stats.ts';
import { SenderWriter } from './sender-writer.ts';
import { StragglerPolicy } from './straggler-policy.ts';
import { SymbolTransmitter } from './symbol-transmitter.ts';
import { Watermark } from './watermark.ts';

/** Why a sender wakes up, beside the pacer, the repair queue and the flush schedules, which keep their own time. */
type SenderTimer =
  /** Ask receivers for the round-trip time; also the sign of life of a sender that has nothing to send. */
  | 'probe'
  /** Tell all receivers what some have asked for. */
  | 'advertise'
  /** Tell receivers what cannot be had any more. */
  | 'squelch';

/** Probes come close together at first, so that the first repair already knows the round-trip time. */
const PROBE_INTERVAL_MIN_MICROS = 10_000;
/** While data is sent, often enough to notice that a receiver's socket fills up before it has long been so. */
const PROBE_INTERVAL_BUSY_MICROS = 100_000;
const PROBE_INTERVAL_IDLE_MICROS = MICROS_PER_SECOND;
/** A GRTT above is not waited for between two probes, since it is they that find out if it is still true. */
const PROBE_GRTT_MAX_MICROS = 100_000;
/** Nor is one above between the ends of a transmission that was aborted, to which nobody answers: twenty take a second. */
const ABORT_GRTT_MAX_MICROS = 5_000;

/** INFO has FTI (16 bytes), and DATA a payload id instead (4): by so much its content is shorter in the same datagram. */
const INFO_HEADER_EXCESS_BYTES = 12;

/**
 * Sends objects to a group, and repairs what the group lost. See `Session` for how to drive it.
 *
 * What goes first when a datagram may leave: commands that are due, repair, new data, flush, end of transmission. The
 * session decides only that order; each part below keeps its own state and answers for its own rule.
 */
export class SenderSession implements Session<SenderEvent> {
  readonly #settings: SenderSettings;
  readonly #stats = newSenderStats();
  readonly #events = new EventQueue<SenderEvent>();
  readonly #timers = new TimerTable<SenderTimer>();
  readonly #rate: RateControl;
  readonly #pacer: Pacer;
  readonly #grtt: GrttEstimator;
  readonly #writer: SenderWriter;
  readonly #signer: MessageSigner | undefined;
  readonly #verifier: FeedbackVerifier | undefined;
  readonly #window: ObjectWindow;
  readonly #blocks: BlockCache;
  readonly #symbols: SymbolTransmitter;
  readonly #feedback: FeedbackReader;
  readonly #repairs = new RepairBacklog();
  /** Objects that were asked for and are gone; they are squelched. */
  readonly #invalidTois = new Set<number>();
  readonly #planner = new ParityPlanner();
  readonly #intake: RepairIntake;
  readonly #stragglers = new StragglerPolicy();
  /** Where somebody else finishes who is not served. */
  readonly #accounts: RepairAccounts | undefined;
  readonly #cutOff = new Set<number>();
  readonly #stragglerIntake: RepairIntake;
  readonly #flush: FlushSchedule;
  readonly #endOfTransmission: FlushSchedule;
  #watermark: Watermark | undefined;
  #phase: 'active' | 'ending' | 'ended' = 'active';
  #isPaused = false;
  #isAborted = false;
  #isFlushReported = true;
  /** End of what has been enqueued so far. */
  #lastPosition: ObjectPosition | undefined;
  #probeSequence = 0;
  #breakerCause: BreakerCause | undefined;
  /** A flush goes with each probe while there is nothing to send: for receivers that were away during all the others. */
  #isReminderDue = false;
  /** The last block has been sent, and no symbol follows that would tell receivers so: a flush does, at once. */
  #isPassedDue = false;
  /** INFO goes again with each probe: who missed it cannot begin with the object's symbols. */
  #isInfoDue = false;
  #probeInterval = PROBE_INTERVAL_MIN_MICROS;
  #probedAt: Micros = 0;
  #advertisedAt: Micros = 0;
  #squelchedAt: Micros = 0;

  constructor(options: SenderOptions) {
    const settings = senderSettings(options);
    this.#settings = settings;
    this.#rate = new RateControl(options.rate, settings.datagramSizeMax);
    this.#pacer = new Pacer(this.#rate.bytesPerSecond, options.burst);
    this.#grtt = new GrttEstimator(settings.grttMicros, settings.grttFloorMicros, settings.grttCeilingMicros);
    const { authentication, nodeId, instanceId } = options;
    if (authentication !== undefined) {
      const mac = new DatagramMac();
      this.#signer = new MessageSigner(mac, authentication.senderKey, DIRECTION.senderToGroup, 0);
      this.#verifier = new FeedbackVerifier(nodeId, instanceId, mac, authentication, this.#stats);
    }
    this.#writer = new SenderWriter(
      options.nodeId,
      options.instanceId,
      settings.backoffFactor,
      quantizeGroupSize(settings.groupSize),
      settings.fecEncodingId,
      this.#stats,
      new Random(options.seed).below(0x10000),
      this.#signer,
    );
    this.#window = new ObjectWindow(options.firstToi ?? 0);
    this.#blocks = new BlockCache(settings.createCodec(codecOptions(settings)));
    this.#intake = new RepairIntake(this.#window, this.#repairs.group, this.#planner, this.#invalidTois);
    this.#stragglerIntake = new RepairIntake(this.#window, this.#repairs.stragglers, undefined, this.#invalidTois);
    this.#symbols = new SymbolTransmitter(
      settings.proactiveRepairSymbols,
      this.#writer,
      this.#blocks,
      this.#planner,
      this.#stats,
      (object, cause) => this.#failObject(object, cause),
    );
    if (settings.stragglers === 'leave') this.#accounts = new RepairAccounts();
    this.#feedback = new FeedbackReader(options.nodeId, options.instanceId, this.#stats, {
      onReceiverHeard: (nodeId, peer) => this.#events.push({ type: 'receiverHeard', nodeId, peer }),
      onRoundTrip: (roundTrip) => this.#onRoundTrip(roundTrip),
      onLossReported: (now, nodeId, lossRatio) => this.#onLossReported(now, nodeId, lossRatio),
      onReceiverForgotten: (nodeId) => {
        this.#stragglers.forget(nodeId);
        this.#accounts?.forget(nodeId);
      },
      onCongestion: (now, report) => {
        if (this.#stragglers.has(report.nodeId) || this.#cutOff.has(report.nodeId)) return;
        this.#accounts?.onReport(report);
        this.#rate.onReport(now, report);
        this.#applyRate();
      },
      onRepairRequests: (now, nodeId, requests, heardUntil) =>
        this.#onRepairRequests(now, nodeId, requests, heardUntil),
      onFlushAcknowledged: (now, nodeId, position) => this.#onFlushAcknowledged(now, nodeId, position),
    });
    this.#flush = new FlushSchedule(settings.robustFactor);
    this.#endOfTransmission = new FlushSchedule(settings.robustFactor);
    this.#timers.set('probe', 0);
    this.#advertiseGrtt();
  }

  /** Puts an object behind the others in the queue. Returns its transport object id: firstToi, firstToi + 1, … */
  enqueueObject(object: EnqueuedObject): number {
    this.#isReminderDue = false;
    if (this.#phase !== 'active') throw new RangeError('the session is ending');
    const oti = this.#transmissionInformation(object);
    const added = new SenderObject(this.#window.nextToi, object, oti);
    if (this.isIdle) this.#probeSoon();
    this.#window.add(added);
    const lastBlock = added.partition.blockCount - 1;
    this.#lastPosition = {
      fecEncodingId: this.#settings.fecEncodingId,
      toi: added.toi,
      sourceBlockNumber: lastBlock,
      encodingSymbolId: added.partition.lengthOf(lastBlock) - 1,
    };
    this.#onActivity();
    return added.toi;
  }

  /** Forgets an object: what was not sent is not sent any more, and who asks for it is squelched. */
  releaseObject(toi: number): void {
    const object = this.#window.get(toi);
    if (object === undefined) return;
    this.#window.delete(object);
    this.#repairs.forget(object);
    this.#blocks.forget(object);
  }

  setRate(setting: RateSetting): void {
    this.#rate.set(setting);
    this.#applyRate();
  }

  /** An upper bound for whatever the rate is or becomes, as where several sessions share a line. Undefined: none. */
  setRateMax(bytesPerSecond: number | undefined): void {
    this.#rate.setMax(bytesPerSecond);
    this.#applyRate();
  }

  /** Sends no more data or repair; probes still go, so that receivers do not take the sender for dead. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** Asks these nodes to acknowledge everything enqueued so far. Takes the place of an earlier such demand. */
  requireAcknowledgement(nodeIds: readonly number[]): void {
    if (this.#lastPosition === undefined) throw new RangeError('nothing was enqueued that could be acknowledged');
    this.#watermark = new Watermark(this.#lastPosition, nodeIds, this.#settings.robustFactor);
  }

  /** After what is enqueued: flush, end of transmission, then the event 'ended'. */
  end(): void {
    if (this.#phase === 'active') this.#phase = 'ending';
  }

  /** Announces the end of transmission at once, whatever is still pending. */
  abort(): void {
    for (let oldest = this.#window.oldest; oldest !== undefined; oldest = this.#window.oldest)
      this.releaseObject(oldest.toi);
    this.#watermark = undefined;
    this.#isPaused = false;
    this.#isAborted = true;
    this.#isPassedDue = false;
    this.#isFlushReported = true;
    this.#flush.finish();
    this.end();
  }

  /** Everything enqueued has been sent at least once and no repair is pending. */
  get isIdle(): boolean {
    return this.#window.current === undefined && this.#repairs.isEmpty;
  }

  /** How long it takes until the requests of those receivers that waited longest are in. RFC 5740 §5.4. */
  get holdOffMicros(): Micros {
    return (this.#settings.backoffFactor + 1) * this.#writer.grtt;
  }

  get stats(): SenderStats {
    this.#stats.rateBytesPerSecond = this.#pacer.bytesPerSecond;
    this.#stats.limitingNodeId = this.#rate.limitingNodeId;
    this.#stats.rollover = this.#signer?.rollover ?? 0;
    return this.#stats;
  }

  handleDatagrams(now: Micros, received: DatagramBatch): void {
    if (this.#phase === 'ended') return;
    for (let index = 0; index < received.count; index += 1) {
      if (this.#verifier?.accepts(now, received, index) === false) received.peers[index] = 0;
      else this.#feedback.read(now, received, index);
    }
  }

  handleTimeout(now: Micros): void {
    this.#planner.settle(now - (2 * this.#settings.backoffFactor + 4) * this.#writer.grtt);
    if (this.#phase === 'ended') return;
    if (this.#watermark?.isComplete(now) === true) this.#completeWatermark(this.#watermark);
    if (!this.#isReadyToFlush()) return;
    if (!this.#isFlushReported && this.#flush.isComplete(now)) {
      this.#isFlushReported = true;
      this.#events.push({ type: 'flushCompleted' });
    }
    if (this.#phase === 'ending' && this.#isFlushReported && this.#endOfTransmission.isComplete(now)) {
      this.#phase = 'ended';
      this.#events.push({ type: 'ended' });
    }
  }

  pollTransmit(now: Micros, batch: DatagramBatch): number {
    this.handleTimeout(now);
    const countBefore = batch.count;
    const probeSequence = this.#probeSequence;
    this.#pacer.advance(now);
    while (this.#pacer.maySend(now) && batch.hasRoom(this.#settings.datagramSizeMax)) {
      const size = this.#phase === 'ended' ? 0 : this.#transmit(now, batch);
      if (size === 0) break;
      this.#pacer.spend(size);
      // A probe leaves at once: what else the batch would be filled with first would count as round-trip time.
      if (this.#probeSequence !== probeSequence) break;
    }
    return batch.count - countBefore;
  }

  pollTimeout(): Micros | undefined {
    if (this.#phase === 'ended') return undefined;
    let due = this.#timers.earliest;
    if (!this.#isPaused) {
      if (this.#window.current !== undefined || this.#isPassedDue) due = 0;
      due = earlier(due, this.#repairs.readyAt(this.#aggregationMicros()));
      if (this.#isWatermarkPassed()) due = earlier(due, this.#watermark?.nextAt);
      if (this.#isReadyToFlush()) {
        if (!this.#isFlushReported) due = earlier(due, this.#flush.nextAt);
        else if (this.#phase === 'ending') due = earlier(due, this.#endOfTransmission.nextAt);
      }
    }
    return due === undefined ? undefined : Math.max(due, this.#pacer.nextAt);
  }

  pollEvent(): SenderEvent | undefined {
    return this.#events.poll();
  }

  // What is sent: one datagram, the most urgent. Each returns its size, 0 when there was nothing of its kind.

  #transmit(now: Micros, batch: DatagramBatch): number {
    if (this.#timers.isDue('squelch', now)) {
      const size = this.#transmitSquelch(now, batch);
      if (size > 0) return size;
    }
    if (this.#timers.isDue('advertise', now)) {
      const size = this.#transmitAdvertisement(now, batch);
      if (size > 0) return size;
    }
    if (this.#timers.isDue('probe', now)) return this.#transmitProbe(now, batch);
    if (this.#isPaused) return 0;
    if (this.#isInfoDue) {
      const size = this.#transmitInfoAgain(batch);
      if (size > 0) return size;
    }
    if (this.#isPassedDue && this.#window.current === undefined) {
      const size = this.#transmitPassed(batch);
      if (size > 0) return size;
    }
    return this.#transmitRepair(now, batch) || this.#transmitNew(now, batch) || this.#transmitFlush(now, batch);
  }

  #transmitInfoAgain(batch: DatagramBatch): number {
    this.#isInfoDue = false;
    const object = this.#window.current;
    // Marked as repair: it does not say that the transmission begins.
    return object?.info !== undefined && object.infoSent
      ? this.#writer.info(batch, object, object.info, OBJECT_FLAG.repair)
      : 0;
  }

  /**
   * Who lost something of the last block would learn that it was passed from the flush that follows all repair, and ask
   * only then: a round trip and a back-off later, in which nothing is sent. RFC 5740 §4.2.3.1 has FLUSH for the end of
   * what there is to send, at which the sender is; where no repair is pending, that flush goes now anyway.
   */
  #transmitPassed(batch: DatagramBatch): number {
    this.#isPassedDue = false;
    const position = this.#lastPosition;
    return position === undefined || this.#repairs.isEmpty ? 0 : this.#writer.flush(batch, position, []);
  }

  #transmitRepair(now: Micros, batch: DatagramBatch): number {
    const aggregation = this.#aggregationMicros();
    const next = (): BlockRepair | undefined => this.#repairs.next(now, aggregation);
    for (let repair = next(); repair !== undefined; repair = next()) {
      const named = repair.nextNamed;
      const size = this.#symbols.repair(batch, repair, named);
      const wasLast = this.#repairs.onSent(now, repair, named);
      if (wasLast && this.#repairs.isEmpty) this.#events.push({ type: 'repairsSent' });
      if (size > 0) return size;
    }
    return 0;
  }

  #transmitNew(now: Micros, batch: DatagramBatch): number {
    for (let object = this.#window.current; object !== undefined; object = this.#window.current) {
      const size = this.#symbols.next(now, batch, object);
      if (this.#window.current === object && object.isSent) {
        this.#events.push({ type: 'objectSent', toi: object.toi });
        this.#isPassedDue = true;
        const displaced = this.#window.onCurrentSent();
        if (displaced !== undefined) this.releaseObject(displaced.toi);
      }
      if (size > 0) return size;
    }
    return 0;
  }

  #failObject(object: SenderObject, cause: unknown): void {
    if (this.#window.get(object.toi) !== object) return;
    this.releaseObject(object.toi);
    this.#invalidTois.add(object.toi);
    this.#timers.start('squelch', 0);
    this.#events.push({ type: 'objectFailed', toi: object.toi, cause });
  }

  #transmitFlush(now: Micros, batch: DatagramBatch): number {
    const watermark = this.#watermark;
    if (watermark !== undefined && this.#isWatermarkPassed() && watermark.nextAt <= now) {
      const nodeIds = watermark.nextNodeIds(Math.floor(this.#settings.symbolSize / 4));
      watermark.onAsked(now, this.#writer.grtt, !this.#repairs.isEmpty);
      return this.#writer.flush(batch, watermark.position, nodeIds);
    }
    if (!this.#isReadyToFlush()) return 0;
    const position = this.#lastPosition;
    if (position !== undefined && this.#isReminderDue) {
      this.#isReminderDue = false;
      return this.#writer.flush(batch, position, []);
    }
    if (position !== undefined && this.#flush.isDue) {
      if (this.#flush.nextAt > now) return 0;
      this.#flush.onSent(now, this.#writer.grtt);
      return this.#writer.flush(batch, position, []);
    }
    const isEndDue = this.#phase === 'ending' && this.#isFlushReported && this.#endOfTransmission.isDue;
    if (!isEndDue || this.#endOfTransmission.nextAt > now) return 0;
    const { grtt } = this.#writer;
    this.#endOfTransmission.onSent(now, this.#isAborted ? Math.min(grtt, ABORT_GRTT_MAX_MICROS) : grtt);
    return this.#writer.endOfTransmission(batch);
  }

  #transmitProbe(now: Micros, batch: DatagramBatch): number {
    const { isProbeForAll, ccNodes } = this.#rate;
    // Those between are for the rate alone: they ask only who limits it, and tell nothing of the greatest round trip.
    if (isProbeForAll) this.#grtt.onProbe(now);
    this.#advertiseGrtt();
    this.#probedAt = now;
    this.#probeSequence = (this.#probeSequence + 1) & 0xffff;
    this.#timers.set('probe', now + Math.max(this.#probeInterval, Math.min(this.#writer.grtt, PROBE_GRTT_MAX_MICROS)));
    const longest = this.isIdle ? PROBE_INTERVAL_IDLE_MICROS : PROBE_INTERVAL_BUSY_MICROS;
    this.#probeInterval = Math.min(longest, this.#probeInterval * 2);
    this.#isInfoDue = true;
    this.#isReminderDue = this.#isFlushReported && this.#phase === 'active';
    const { probeIntervalMicros } = this.#rate;
    if (probeIntervalMicros !== undefined && !this.isIdle && !this.#isPaused)
      this.#timers.set('probe', now + probeIntervalMicros);
    const rate = isProbeForAll ? this.#pacer.bytesPerSecond : undefined;
    const size = this.#writer.probe(batch, this.#probeSequence, now, rate, ccNodes);
    const { datagramCount, byteCount } = this.#writer;
    const record = { sequence: this.#probeSequence, sentAt: now, datagramCount, byteCount };
    this.#rate.onProbe(record, this.#writer.grtt);
    this.#accounts?.onProbe(record);
    this.#applyRate();
    return size;
  }

  #transmitAdvertisement(now: Micros, batch: DatagramBatch): number {
    this.#timers.stop('advertise');
    const builder = new RepairRequestBuilder(Math.min(this.#settings.symbolSize, REPAIR_REQUESTS_MAX_BYTES));
    for (const repair of this.#repairs.group.unadvertised()) {
      if (!this.#advertise(repair, builder)) break;
      repair.isAdvertised = true;
    }
    if (builder.isEmpty) return 0;
    this.#advertisedAt = now;
    // What did not fit is told by the next one.
    if (builder.isFull) this.#timers.start('advertise', now + this.#writer.grtt / 2);
    return this.#writer.repairAdvertisement(batch, builder.isFull ? REPAIR_ADV_FLAG_LIMIT : 0, builder.build());
  }

  #advertise({ object, block, isWhole, parity, explicit }: BlockRepair, builder: RepairRequestBuilder): boolean {
    const { fecEncodingId } = this.#settings;
    if (block === INFO_BLOCK) return builder.addInfo(fecEncodingId, object.toi);
    const sourceCount = object.partition.lengthOf(block);
    if (isWhole) return builder.addBlock(fecEncodingId, object.toi, block);
    const symbols = new SymbolBits();
    symbols.words.set(explicit.words);
    if (parity > 0) symbols.addRun(sourceCount, sourceCount + parity - 1);
    return builder.addSymbols(fecEncodingId, object.toi, block, symbols);
  }

  #transmitSquelch(now: Micros, batch: DatagramBatch): number {
    this.#timers.stop('squelch');
    const invalidTois = this.#invalidTois;
    const oldestToi = this.#window.oldest?.toi ?? this.#window.nextToi;
    const position = {
      fecEncodingId: this.#settings.fecEncodingId,
      toi: oldestToi,
      sourceBlockNumber: 0,
      encodingSymbolId: 0,
    };
    // Those before the oldest object are invalid by the position alone.
    const listed = [...invalidTois].filter((toi) => toiDifference(toi, oldestToi) > 0);
    invalidTois.clear();
    this.#squelchedAt = now;
    return this.#writer.squelch(batch, position, listed.slice(0, Math.floor(this.#settings.symbolSize / 2)));
  }

  // What is heard.

  #onRoundTrip(roundTrip: Micros): void {
    this.#grtt.onResponse(roundTrip);
    this.#advertiseGrtt();
  }

  #onRepairRequests(
    now: Micros,
    nodeId: number,
    requests: readonly RepairRequest[],
    heardUntil: Micros | undefined,
  ): number {
    const isStraggler = this.#stragglers.has(nodeId);
    const isLeft = this.#cutOff.has(nodeId) || (isStraggler && this.#settings.stragglers === 'leave');
    // While the others are served a straggler is not, nor who may be one: what it still lacks then, it asks for again.
    const isPutOff = this.#window.current !== undefined && (isStraggler || this.#stragglers.isSuspect(nodeId));
    if (isLeft || isPutOff) {
      this.#stats.nackIgnoredCount += 1;
      return 0;
    }
    const intake = isStraggler ? this.#stragglerIntake : this.#intake;
    // With nothing else to send, a symbol too many costs less than the round of requests that a lost one would.
    const spareParity = this.#window.current === undefined ? 1 : 0;
    const allowance = this.#accounts?.allowance(now, nodeId, this.#stats.dataCount);
    intake.begin({ now, heardUntil, spareParity, holdOff: this.#writer.grtt }, allowance);
    readRepairDemand(requests, intake);
    if (this.#accounts?.onRequested(now, nodeId, intake.symbolsAdded, intake.wasDenied) === true) {
      this.#cutOff.add(nodeId);
      this.#rate.ignore(nodeId);
      // Who loses half asks for more than the others too: then that is the reason to tell.
      const finding = this.#stragglers.findSuspect(now, nodeId);
      this.#events.push(
        finding === undefined ? { type: 'demandExceeded', nodeId } : { type: 'stragglerFound', nodeId, ...finding },
      );
    }
    if (intake.hasAdded) {
      this.#onActivity();
      this.#events.push({ type: 'repairRequested', nodeId });
      // Of a straggler's requests the group is not told: who waits for the same would wait behind all others.
      if (!isStraggler && this.#settings.feedback === 'unicast' && this.#settings.groupSize > 1) {
        this.#timers.start('advertise', Math.max(now, this.#advertisedAt + this.#writer.grtt / 2));
      }
    } else {
      this.#stats.nackIgnoredCount += 1;
    }
    // RFC 5740 §5.4: SQUELCH at most once in 2 × GRTT, however many ask.
    if (this.#invalidTois.size > 0) {
      this.#timers.start('squelch', Math.max(now, this.#squelchedAt + 2 * this.#writer.grtt));
    }
    return intake.symbolsRequested;
  }

  #onLossReported(now: Micros, nodeId: number, lossRatio: number): void {
    if (this.#settings.stragglers === 'serve') return;
    const finding = this.#stragglers.onLossReported(now, nodeId, lossRatio);
    if (finding === undefined) return;
    this.#rate.ignore(nodeId);
    this.#events.push({ type: 'stragglerFound', nodeId, ...finding });
  }

  #onFlushAcknowledged(now: Micros, nodeId: number, position: ObjectPosition): void {
    if (this.#watermark?.onAcknowledged(nodeId, position) !== true) return;
    this.#events.push({ type: 'acknowledged', nodeId });
    if (this.#watermark.isComplete(now)) this.#completeWatermark(this.#watermark);
  }

  #completeWatermark(watermark: Watermark): void {
    this.#watermark = undefined;
    const { unacknowledged } = watermark;
    this.#events.push({ type: 'watermarkCompleted', unacknowledged });
    // Who had to acknowledge the very end has done so, or was asked as often as a flush would have been.
    if (watermark.position === this.#lastPosition) this.#flush.finish();
  }

  // Rules that several of the above need.

  /** There is something to send again: probes come as close together as at the beginning, for what was known is old. */
  #probeSoon(): void {
    this.#probeInterval = PROBE_INTERVAL_MIN_MICROS;
    const soon = this.#probedAt + PROBE_INTERVAL_MIN_MICROS;
    if (soon < (this.#timers.at('probe') ?? 0)) this.#timers.set('probe', soon);
  }

  /** Something is to be sent that a flush must follow. */
  #onActivity(): void {
    this.#flush.restart();
    this.#endOfTransmission.restart();
    this.#isFlushReported = false;
  }

  #isReadyToFlush(): boolean {
    return (
      this.isIdle &&
      !this.#isPaused &&
      (this.#watermark === undefined || this.#watermark.position !== this.#lastPosition)
    );
  }

  #isWatermarkPassed(): boolean {
    const current = this.#window.current;
    const watermark = this.#watermark;
    if (watermark === undefined) return false;
    return current === undefined || toiDifference(current.toi, watermark.position.toi) > 0;
  }

  /**
   * How long requests for a block are gathered before they are answered together. For a single receiver there is nobody
   * to wait for; and where there is nothing else to send, silence gains nothing: who needs more than the first that asked
   * gets that much more parity.
   */
  #aggregationMicros(): Micros {
    return this.#settings.groupSize === 1 || this.#window.current === undefined ? 0 : this.holdOffMicros;
  }

  #applyRate(): void {
    this.#pacer.setRate(this.#rate.bytesPerSecond);
    this.#advertiseGrtt();
    const { breakerCause } = this.#rate;
    if (breakerCause === this.#breakerCause) return;
    this.#breakerCause = breakerCause;
    this.#events.push({ type: 'breakerChanged', cause: breakerCause });
  }

  #advertiseGrtt(): void {
    const datagramMicros = (this.#settings.datagramSizeMax * MICROS_PER_SECOND) / this.#pacer.bytesPerSecond;
    this.#writer.grttQuantized = this.#grtt.quantized(datagramMicros);
  }

  #transmissionInformation({ source, info }: EnqueuedObject): ObjectTransmissionInformation {
    const { symbolSize, blockLength, repairSymbolCount, fecEncodingId } = this.#settings;
    if (!Number.isSafeInteger(source.size) || source.size < 0 || source.size > TRANSFER_LENGTH_MAX_BYTES) {
      throw new RangeError('object size out of range');
    }
    if (info !== undefined && info.length > symbolSize - INFO_HEADER_EXCESS_BYTES) {
      throw new RangeError('INFO is longer than a symbol');
    }
    if (new BlockPartition(source.size, symbolSize, blockLength).blockCount > sourceBlockNumberMax(fecEncodingId) + 1) {
      throw new RangeError('object has more blocks than the code can number: take a larger symbol or block');
    }
    return {
      transferLength: source.size,
      encodingSymbolLength: symbolSize,
      maximumSourceBlockLength: blockLength,
      repairSymbolCount,
    };
  }
}

function codecOptions(settings: SenderSettings): FecCodecOptions {
  const { blockLength, repairSymbolCount, symbolSize, blockMemoryBytes } = settings;
  const blockCount = blockCountWithin(blockMemoryBytes, (blockLength + repairSymbolCount) * symbolSize);
  return { blockLength, repairSymbolCount, symbolSize, blockCount };
}
