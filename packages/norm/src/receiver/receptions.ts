import {
  ENCODING_SYMBOL_COUNT_MAX,
  OBJECT_BITMAP_MAX_BYTES,
  REPAIR_REQUESTS_MAX_BYTES,
  SYMBOL_SIZE_MAX_BYTES,
  SYMBOL_SIZE_MIN_BYTES,
} from '../limits.ts';
import type { EventQueue } from '../object/event-queue.ts';
import type { RepairRequestBuilder } from '../object/repair-request-builder.ts';
import type { ByteRange } from '../range-set.ts';
import type { SquelchCommand } from '../wire/command-squelch.ts';
import type { DataMessage } from '../wire/data.ts';
import type { ObjectTransmissionInformation } from '../wire/ext-fti.ts';
import { FEC_ENCODING_ID, type FecEncodingId } from '../wire/fec-payload-id.ts';
import type { InfoMessage } from '../wire/info.ts';
import { OBJECT_FLAG } from '../wire/object-flags.ts';
import type { ObjectPosition } from '../wire/object-position.ts';
import { toiDifference } from '../wire/serial.ts';
import type { CodecShelf } from './codec-shelf.ts';
import type { OverheardRequests } from './overheard-requests.ts';
import { bitmapBytes, ReceivedObject } from './received-object.ts';
import type { ObjectAbortReason, ObjectKey, ReceiverEvent } from './receiver-event.ts';
import type { ObjectAnnouncement } from './receiver-options.ts';
import type { ReceiverSettings } from './receiver-settings.ts';
import type { MutableReceiverStats } from './receiver-stats.ts';
import { type TrackedObject, TrackedObjects } from './tracked-objects.ts';

/** NACK content when no object has told its symbol size yet: fits every network. */
const NACK_CONTENT_DEFAULT_BYTES = 512;

/** How far a transmission has come: through all objects before, and the blocks of this one in front of the block. */
export interface Reach {
  readonly toi: number;
  readonly block: number;
}

/**
 * The objects of one sender's life on their way in: begins them, feeds them, ends them, and tells the application.
 *
 * Its methods that take a message return whether the transmission was seen to have gone on, so that what lies behind it
 * and is lacking is a loss now.
 */
export class Receptions {
  readonly #senderId: number;
  readonly #instanceId: number;
  readonly #settings: ReceiverSettings;
  readonly #codecs: CodecShelf;
  readonly #stats: MutableReceiverStats;
  readonly #events: EventQueue<ReceiverEvent>;
  readonly #objects: TrackedObjects;
  #closedDecodedCount = 0;
  #fecEncodingId: FecEncodingId = FEC_ENCODING_ID.reedSolomon;
  #nackContentSize = NACK_CONTENT_DEFAULT_BYTES;

  constructor(
    senderId: number,
    instanceId: number,
    settings: ReceiverSettings,
    codecs: CodecShelf,
    stats: MutableReceiverStats,
    events: EventQueue<ReceiverEvent>,
  ) {
    this.#senderId = senderId;
    this.#instanceId = instanceId;
    this.#settings = settings;
    this.#codecs = codecs;
    this.#stats = stats;
    this.#events = events;
    this.#objects = new TrackedObjects(settings.firstToi, (tracked) => this.#abort(tracked, 'displaced'));
  }

  get decodedSymbolCount(): number {
    let count = this.#closedDecodedCount;
    for (const { object } of this.#objects.all()) count += object?.decodedSymbolCount ?? 0;
    return count;
  }

  /** How long the content of a NACK may be: as long as the sender's symbols, RFC 5740 §4.3.1, within our limit. */
  get nackContentSize(): number {
    return this.#nackContentSize;
  }

  /** Whether anything that was passed is lacking. */
  get hasDemand(): boolean {
    for (const tracked of this.#objects.all()) if (tracked.hasDemand) return true;
    return false;
  }

  /** Adds what is lacking, in the order of transmission, as far as it fits and was not overheard. */
  addDemand(builder: RepairRequestBuilder, overheard: OverheardRequests): void {
    for (const tracked of this.#objects.all()) {
      if (builder.isFull) return;
      if (!tracked.hasDemand) continue;
      if (tracked.object !== undefined) tracked.object.addDemand(builder, overheard);
      else if (tracked.heardFrom !== undefined) {
        if (!overheard.coversInfo(tracked.toi)) builder.addInfo(this.#fecEncodingId, tracked.toi);
      } else if (!overheard.coversObject(tracked.toi)) builder.addObject(this.#fecEncodingId, tracked.toi);
    }
  }

  /** How far the transmission has come, as far as is known here. */
  get reach(): Reach | undefined {
    const toi = this.#objects.newestToi;
    if (toi === undefined) return undefined;
    return { toi, block: this.#objects.get(toi)?.object?.pastBlock ?? 0 };
  }

  /** Whether anything is lacking that was passed when the transmission had come so far, and nobody else has asked for. */
  hasUnasked(overheard: OverheardRequests, { toi, block }: Reach): boolean {
    for (const tracked of this.#objects.all()) {
      const ahead = toiDifference(tracked.toi, toi);
      if (ahead > 0 || !tracked.hasDemand) continue;
      const { object } = tracked;
      if (object !== undefined) {
        if (object.hasUnasked(overheard, ahead === 0 ? block : Infinity)) return true;
      } else if (
        tracked.heardFrom === undefined ? !overheard.coversObject(tracked.toi) : !overheard.coversInfo(tracked.toi)
      )
        return true;
    }
    return false;
  }

  /** Whether a symbol is one that receivers asked for: marked as repair, or of what the transmission had passed before. */
  isAnswer(data: DataMessage): boolean {
    const object = this.#objects.get(data.toi)?.object;
    return data.hasFlag(OBJECT_FLAG.repair) || (object !== undefined && data.sourceBlockNumber < object.pastBlock);
  }

  /** The hot path: a symbol. */
  onData(data: DataMessage, payload: Uint8Array): boolean {
    const newest = this.#objects.newestToi;
    const tracked = this.#objects.heard(data.toi, this.#asksForFirst());
    if (tracked === undefined) return false;
    const hasNewObject = this.#objects.newestToi !== newest;
    const { oti } = data;
    if (tracked.state === 'unknown') {
      if (oti === undefined) return this.#hearOfUnknown(tracked, data) || hasNewObject;
      this.#beginByData(tracked, data, oti);
    }
    const { object } = tracked;
    if (tracked.state !== 'receiving' || object === undefined) return hasNewObject;
    if (oti !== undefined && !isSame(oti, object)) {
      this.#stats.malformedCount += 1;
      return hasNewObject;
    }
    if (!this.#addSymbol(tracked, object, data, payload)) return hasNewObject;
    const block = data.sourceBlockNumber;
    if (data.hasFlag(OBJECT_FLAG.repair) || block <= object.pastBlock) return hasNewObject;
    object.pastBlock = block;
    if (object.askFrom === Infinity) object.askFrom = block;
    return true;
  }

  onInfo(message: InfoMessage): boolean {
    const newest = this.#objects.newestToi;
    const tracked = this.#objects.heard(message.toi, this.#asksForFirst());
    if (tracked === undefined) return false;
    if (tracked.state === 'unknown' && message.oti !== undefined) {
      this.#begin(tracked, message.flags | OBJECT_FLAG.info, message.fecEncodingId, message.oti);
      // INFO comes before the first block: who hears it has missed nothing. Repair of it says nothing.
      const isRepair = (message.flags & OBJECT_FLAG.repair) !== 0;
      if (tracked.object !== undefined && !tracked.mayBeAsked && isRepair) {
        tracked.object.askFrom = tracked.heardFrom ?? Infinity;
      }
    }
    const { object } = tracked;
    if (tracked.state === 'receiving' && object !== undefined && !object.infoReceived) {
      object.infoReceived = true;
      this.#events.push({ type: 'infoReceived', object: this.#keyOf(tracked.toi), info: message.content });
      this.#completeIfDone(tracked, object);
    }
    return this.#objects.newestToi !== newest;
  }

  /** Everything up to the position has been sent. RFC 5740 §4.2.3.1. */
  onFlush(position: ObjectPosition): void {
    this.#fecEncodingId = position.fecEncodingId;
    const tracked = this.#objects.heard(position.toi, this.#asksForFirst());
    if (tracked === undefined) return;
    tracked.isPassed = true;
    const { object } = tracked;
    if (object === undefined) return;
    const passed = Math.min(object.partition.blockCount, position.sourceBlockNumber + 1);
    object.pastBlock = Math.max(object.pastBlock, passed);
  }

  /** What lies before the position, and the listed objects, cannot be had any more. RFC 5740 §4.2.3.3. */
  onSquelch({ position, invalidTois }: SquelchCommand): void {
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

  /** Whether everything up to the position that the application wants is there: what an acknowledgement says. */
  hasAllThrough(position: ObjectPosition): boolean {
    if (this.#objects.get(position.toi) === undefined) return false;
    for (const { toi, state, object } of this.#objects.all()) {
      const ahead = toiDifference(toi, position.toi);
      if (ahead > 0 || state === 'completed' || state === 'ignored') continue;
      if (ahead < 0 || state !== 'receiving' || object === undefined || !object.infoReceived) return false;
      if (object.firstIncomplete <= position.sourceBlockNumber) return false;
    }
    return true;
  }

  missingRanges(toi: number): readonly ByteRange[] | undefined {
    const tracked = this.#objects.get(toi);
    if (tracked === undefined) return undefined;
    if (tracked.state === 'completed') return [];
    const { object } = tracked;
    return object === undefined ? undefined : this.#guarded(tracked, () => object.missingRanges());
  }

  putRange(toi: number, offset: number, bytes: Uint8Array): boolean {
    return this.#takeRange(toi, { offset, length: bytes.length }, (object) => object.put(offset, bytes));
  }

  holdRange(toi: number, range: ByteRange): boolean {
    return this.#takeRange(toi, range, (object) => object.hold(range));
  }

  loseRange(toi: number, range: ByteRange): boolean {
    const tracked = this.#objects.get(toi);
    if (tracked?.state !== 'receiving' || tracked.object === undefined) return false;
    const { object } = tracked;
    return (
      this.#guarded(tracked, () => {
        object.lose(range);
        return true;
      }) ?? false
    );
  }

  drop(toi: number): void {
    const tracked = this.#objects.get(toi);
    if (tracked === undefined) return;
    tracked.move('declined');
    this.#close(tracked);
  }

  /** Nothing more will come of this life's objects. */
  abandon(): void {
    for (const tracked of this.#objects.all()) this.#abort(tracked, 'senderChanged');
  }

  /** A symbol that cannot be placed yet. Returns whether it is the first such, so that INFO is asked for. */
  #hearOfUnknown(tracked: TrackedObject, data: DataMessage): boolean {
    if (!data.hasFlag(OBJECT_FLAG.info)) return false;
    const isFirst = tracked.heardFrom === undefined;
    this.#fecEncodingId = data.fecEncodingId;
    // Repair does not tell where the transmission is.
    const block = data.hasFlag(OBJECT_FLAG.repair) ? Infinity : data.sourceBlockNumber;
    tracked.heardFrom = Math.min(tracked.heardFrom ?? Infinity, block);
    return isFirst;
  }

  #beginByData(tracked: TrackedObject, data: DataMessage, oti: ObjectTransmissionInformation): void {
    this.#begin(tracked, data.flags, data.fecEncodingId, oti);
    const { object } = tracked;
    if (object === undefined || tracked.mayBeAsked) return;
    // 'block': what was sent before it joined is not asked for. Repair does not tell where the transmission is.
    object.askFrom = data.hasFlag(OBJECT_FLAG.repair) ? Infinity : data.sourceBlockNumber;
  }

  #begin(
    tracked: TrackedObject,
    flags: number,
    fecEncodingId: FecEncodingId,
    oti: ObjectTransmissionInformation,
  ): void {
    this.#fecEncodingId = fecEncodingId;
    const object = this.#keyOf(tracked.toi);
    const refusal = refusalOf(flags, oti);
    if (refusal !== undefined) {
      this.#refuse(tracked, refusal);
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
    // Neither what the application does (open a file), nor to get memory, is certain to work.
    try {
      this.#admit(tracked, flags, fecEncodingId, announcement);
    } catch (error) {
      tracked.move('aborted');
      this.#close(tracked);
      this.#events.push({ type: 'objectAborted', object, reason: 'sinkFailed', cause: error });
    }
  }

  #admit(tracked: TrackedObject, flags: number, fecEncodingId: FecEncodingId, announcement: ObjectAnnouncement): void {
    const object = this.#keyOf(tracked.toi);
    const reception = this.#settings.onObject(announcement);
    if (reception === undefined) {
      tracked.move('declined');
      return;
    }
    const { blockLength, repairSymbolCount, symbolSize } = announcement;
    const store = this.#codecs.storeFor(blockLength, repairSymbolCount, symbolSize);
    if (store === undefined) {
      this.#refuse(tracked, 'too many kinds of block at once');
      return;
    }
    this.#nackContentSize = Math.min(symbolSize, REPAIR_REQUESTS_MAX_BYTES);
    tracked.move('announced');
    const received = new ReceivedObject(announcement, fecEncodingId, reception.sink, store, (offset, length) =>
      this.#onWritten(object, offset, length),
    );
    tracked.object = received;
    received.isUnreliable = (flags & OBJECT_FLAG.unreliable) !== 0;
    if (tracked.isPassed) received.pastBlock = received.partition.blockCount;
    for (const range of reception.held ?? []) received.hold(range);
    this.#events.push({ type: 'objectAnnounced', object, announcement });
    this.#completeIfDone(tracked, received);
  }

  #refuse(tracked: TrackedObject, reason: string): void {
    tracked.move('refused');
    this.#events.push({ type: 'objectRefused', object: this.#keyOf(tracked.toi), reason });
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

  /** Bytes that came by another path. */
  #takeRange(toi: number, { offset, length }: ByteRange, take: (object: ReceivedObject) => void): boolean {
    const tracked = this.#objects.get(toi);
    if (tracked?.state === 'completed') return true;
    const object = tracked?.object;
    if (tracked === undefined || object === undefined) return false;
    if (!(offset >= 0 && length >= 0 && offset + length <= object.partition.size)) {
      throw new RangeError('range outside the object');
    }
    const isDone = this.#guarded(tracked, () => {
      take(object);
      return true;
    });
    this.#completeIfDone(tracked, object);
    return isDone ?? false;
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
    this.#close(tracked);
    this.#events.push({ type: 'objectCompleted', object: this.#keyOf(tracked.toi) });
  }

  #abort(tracked: TrackedObject, reason: ObjectAbortReason, cause?: unknown): void {
    const wasReceiving = tracked.state === 'receiving';
    if (!tracked.move('aborted') || !wasReceiving) return;
    const { object } = tracked;
    // What is in memory is saved, except into a sink that has just failed.
    try {
      object?.release(reason !== 'sinkFailed');
    } catch {
      object?.release(false);
    }
    this.#events.push({ type: 'objectAborted', object: this.#keyOf(tracked.toi), reason, cause });
  }

  #close(tracked: TrackedObject): void {
    const { object } = tracked;
    if (object === undefined) return;
    this.#closedDecodedCount += object.decodedSymbolCount;
    object.release(false);
    tracked.object = undefined;
  }

  #keyOf(toi: number): ObjectKey {
    return { senderId: this.#senderId, instanceId: this.#instanceId, toi };
  }

  /** Whether the first object that is heard of is asked for as a whole. */
  #asksForFirst(): boolean {
    return this.#settings.repairPolicy === 'object';
  }
}

/** Why an object cannot be received; undefined: it can. */
function refusalOf(flags: number, oti: ObjectTransmissionInformation): string | undefined {
  const { transferLength, encodingSymbolLength, maximumSourceBlockLength, repairSymbolCount } = oti;
  if ((flags & OBJECT_FLAG.stream) !== 0) return 'a stream, not an object';
  if (encodingSymbolLength < SYMBOL_SIZE_MIN_BYTES) return 'symbols too small to ask for their repair';
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
