import { DatagramMac, DIRECTION } from '../authentication/datagram-mac.ts';
import { MessageSigner } from '../authentication/message-signer.ts';
import { SenderVerifier } from '../authentication/sender-verifier.ts';
import type { DatagramBatch } from '../batch.ts';
import { SENDERS_MAX } from '../limits.ts';
import { EventQueue } from '../object/event-queue.ts';
import { PayloadViews } from '../object/payload-views.ts';
import { Random } from '../random.ts';
import type { ByteRange } from '../range-set.ts';
import type { Session } from '../session.ts';
import { earlier, type Micros } from '../time.ts';
import { DataMessage, decodeData } from '../wire/data.ts';
import { readSenderFields, type SenderFields } from '../wire/header.ts';
import { decodeMessage, identifyMessage } from '../wire/message.ts';
import { CodecShelf } from './codec-shelf.ts';
import { FeedbackWriter } from './feedback-writer.ts';
import type { ObjectKey, ReceiverEvent } from './receiver-event.ts';
import type { ReceiverOptions } from './receiver-options.ts';
import { receiverSettings, type ReceiverSettings } from './receiver-settings.ts';
import { newReceiverStats, type ReceiverStats, type RemoteSenderStats } from './receiver-stats.ts';
import { RemoteSender } from './remote-sender.ts';

/**
 * Receives the objects of one or several senders of a group, and asks for what it lost. See `Session` for how to drive it.
 *
 * Tells senders, and the lives of a sender, apart; each is a `RemoteSender` that answers for everything else.
 */
export class ReceiverSession implements Session<ReceiverEvent> {
  readonly #settings: ReceiverSettings;
  readonly #only: ReceiverOptions['sender'];
  readonly #random: Random;
  readonly #stats = newReceiverStats();
  readonly #events = new EventQueue<ReceiverEvent>();
  readonly #codecs: CodecShelf;
  readonly #writer: FeedbackWriter;
  readonly #verifier: SenderVerifier | undefined;
  readonly #senders = new Map<number, RemoteSender>();
  readonly #data = new DataMessage();
  readonly #views = new PayloadViews();
  #latest: RemoteSender | undefined;

  constructor(options: ReceiverOptions) {
    this.#settings = receiverSettings(options);
    this.#only = options.sender;
    this.#random = new Random(options.seed);
    this.#codecs = new CodecShelf(this.#settings.blockMemoryBytes, this.#settings.createCodec);
    let signer: MessageSigner | undefined;
    const { authentication } = this.#settings;
    if (authentication !== undefined) {
      const { feedbackKey, feedbackRollover } = authentication.keys;
      const mac = new DatagramMac();
      signer = new MessageSigner(mac, feedbackKey, DIRECTION.receiverToSender, feedbackRollover);
      this.#verifier = new SenderVerifier(authentication, mac, authentication.keys, this.#stats);
    }
    this.#writer = new FeedbackWriter(options.nodeId, this.#stats, this.#random.below(0x10000), signer);
  }

  handleDatagrams(now: Micros, received: DatagramBatch): void {
    for (let i = 0; i < received.count; i += 1) {
      // What a stranger sent must not even count as a sign of life.
      if (this.#verifier?.accepts(now, received, i) === false) received.peers[i] = 0;
      else this.#handleDatagram(now, received, i);
    }
  }

  handleTimeout(now: Micros): void {
    for (const sender of this.#senders.values()) sender.handleTimeout(now);
  }

  pollTransmit(now: Micros, batch: DatagramBatch): number {
    const countBefore = batch.count;
    for (const sender of this.#senders.values()) {
      sender.handleTimeout(now);
      sender.transmit(now, batch);
    }
    return batch.count - countBefore;
  }

  pollTimeout(): Micros | undefined {
    let at: Micros | undefined;
    for (const sender of this.#senders.values()) at = earlier(at, sender.wakeAt);
    return at;
  }

  pollEvent(): ReceiverEvent | undefined {
    return this.#events.poll();
  }

  /**
   * What of the object is not in the sink. Symbols that wait in memory for their block are first written to the sink (and
   * reported), so that the answer is exact. Undefined: no such object.
   */
  missingRanges(object: ObjectKey): readonly ByteRange[] | undefined {
    return this.#senderOf(object)?.receptions.missingRanges(object.toi);
  }

  /** Bytes that came by another path: writes them to the sink and asks for them no more. False: no such object. */
  putRange(object: ObjectKey, offset: number, bytes: Uint8Array): boolean {
    return this.#senderOf(object)?.receptions.putRange(object.toi, offset, bytes) ?? false;
  }

  /**
   * Bytes that are in the sink already, put there by another path: asks for them no more. What of their blocks waits in
   * memory is written (and reported) as soon as the blocks are whole. False: no such object.
   */
  holdRange(object: ObjectKey, range: ByteRange): boolean {
    return this.#senderOf(object)?.receptions.holdRange(object.toi, range) ?? false;
  }

  /**
   * Bytes that were written and turned out to be wrong: asks for their symbols again, writes and reports them again. False:
   * nothing more comes of this object here.
   */
  loseRange(object: ObjectKey, range: ByteRange): boolean {
    return this.#senderOf(object)?.receptions.loseRange(object.toi, range) ?? false;
  }

  /** Takes no more of this object. What it held in memory is lost, unless `missingRanges` was asked before. */
  dropObject(object: ObjectKey): void {
    this.#senderOf(object)?.receptions.drop(object.toi);
  }

  get stats(): ReceiverStats {
    const senders = new Map<number, RemoteSenderStats>();
    let { decodedSymbolCount } = this.#stats;
    for (const [nodeId, sender] of this.#senders) {
      senders.set(nodeId, sender.stats);
      decodedSymbolCount += sender.receptions.decodedSymbolCount;
    }
    return { ...this.#stats, decodedSymbolCount, senders };
  }

  #handleDatagram(now: Micros, received: DatagramBatch, index: number): void {
    const offset = received.offsets[index]!;
    const length = received.lengths[index]!;
    const peer = received.peers[index]!;
    this.#stats.datagramCount += 1;
    this.#stats.byteCount += length;
    const name = identifyMessage(received, offset, length);
    if (name === 'data') {
      const data = this.#data;
      if (!decodeData(received, offset, length, data).ok) {
        this.#stats.malformedCount += 1;
        return;
      }
      const sender = this.#senderFor(now, data, length, peer);
      if (sender === undefined) return;
      const payload = this.#views.of(received.bytes, index, data.payloadOffset, data.payloadLength);
      sender.handleData(now, data, payload);
    } else if (typeof name === 'string') {
      this.#handleOther(now, received, index);
    } else {
      this.#stats.malformedCount += 1;
    }
  }

  #handleOther(now: Micros, received: DatagramBatch, index: number): void {
    const offset = received.offsets[index]!;
    const length = received.lengths[index]!;
    const decoded = decodeMessage(received, offset, length);
    if (!decoded.ok) {
      this.#stats.malformedCount += 1;
      return;
    }
    const { message } = decoded;
    switch (message.type) {
      case 'nack': {
        if (message.sourceId === this.#settings.nodeId) return;
        const sender = this.#senders.get(message.senderId);
        if (sender?.instanceId === message.instanceId) sender.onOverheard(message.repairRequests);
        return;
      }
      case 'ack':
      case 'report':
      case 'data':
        return;
      default:
        // Not the message: the engine would look up each field of a datagram if they came from objects of ten kinds.
        this.#senderFor(now, readSenderFields(received.view, offset), length, received.peers[index]!)?.handleMessage(
          now,
          message,
          received.waited[index]!,
        );
    }
  }

  /** The sender of a message, as it lives now. Undefined: not one that we listen to. */
  #senderFor(now: Micros, fields: SenderFields, length: number, peer: number): RemoteSender | undefined {
    let sender = this.#latest;
    if (sender === undefined || sender.nodeId !== fields.sourceId) sender = this.#senders.get(fields.sourceId);
    if (sender === undefined || sender.instanceId !== fields.instanceId) {
      sender = this.#meet(now, sender, fields, peer);
      if (sender === undefined) return undefined;
    }
    this.#latest = sender;
    sender.onHeard(now, fields, length, peer);
    return sender;
  }

  /** A sender that is new, or has started again. */
  #meet(now: Micros, former: RemoteSender | undefined, fields: SenderFields, peer: number): RemoteSender | undefined {
    const { sourceId: senderId, instanceId } = fields;
    if (senderId === this.#settings.nodeId) return undefined;
    if (this.#only !== undefined) {
      if (this.#only.nodeId !== senderId) return undefined;
      if (this.#only.instanceId !== undefined && this.#only.instanceId !== instanceId) return undefined;
    }
    if (former === undefined && this.#senders.size >= SENDERS_MAX && !this.#forgetInactive()) return undefined;
    if (former !== undefined) {
      // Instance ids have no order, and late datagrams of the life before may come after the first of this one: the life
      // that is followed must have fallen silent, or be outnumbered, before another takes its place.
      if (!former.isSucceededBy(now, instanceId)) return undefined;
      former.receptions.abandon();
      this.#events.push({ type: 'senderChanged', senderId, instanceId });
    }
    const sender = new RemoteSender(
      senderId,
      instanceId,
      this.#settings,
      this.#random,
      this.#codecs,
      this.#writer,
      this.#stats,
      this.#events,
    );
    this.#senders.set(senderId, sender);
    sender.onMet(now);
    this.#events.push({ type: 'senderHeard', senderId, instanceId, peer });
    return sender;
  }

  #forgetInactive(): boolean {
    for (const [nodeId, sender] of this.#senders) {
      if (!sender.isInactive) continue;
      sender.receptions.abandon();
      this.#senders.delete(nodeId);
      return true;
    }
    return false;
  }

  #senderOf({ senderId, instanceId }: ObjectKey): RemoteSender | undefined {
    const sender = this.#senders.get(senderId);
    return sender?.instanceId === instanceId ? sender : undefined;
  }
}
