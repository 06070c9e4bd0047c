/** A sender and its receivers on a network without delay, in virtual time, and a place for an attacker. */
import {
  DatagramBatch,
  feedbackKeyOf,
  Random,
  ReceiverSession,
  SenderSession,
  type ByteRange,
  type ReceiverEvent,
  type SenderEvent,
} from '@rollcall/norm';

export const SYMBOL_SIZE = 1400;
export const SENDER = { nodeId: 0x4000_0001, instanceId: 4711 } as const;
const FIRST_NODE_ID = 100;
const DATAGRAM_SIZE_MAX = SYMBOL_SIZE + 100;
const BATCH_COUNT = 64;
const STEP_MICROS = 1000;
const BYTES_PER_SECOND = 25e6;

export interface GroupOptions {
  readonly content: Uint8Array;
  readonly receiverCount: number;
  /** Of what goes to each receiver. */
  readonly lossRatio: number;
  /** Another one: other keys. */
  readonly session?: number;
  readonly seed?: number;
}

export interface Member {
  readonly nodeId: number;
  readonly session: ReceiverSession;
  readonly feedbackKey: Uint8Array;
  readonly sink: Uint8Array;
  readonly events: ReceiverEvent[];
  /** Ranges that were reported and nobody has looked at. */
  readonly written: ByteRange[];
  isComplete: boolean;
}

export class NormGroup {
  readonly senderKey: Uint8Array;
  readonly feedbackSecret: Uint8Array;
  readonly sender: SenderSession;
  readonly members: readonly Member[];
  readonly senderEvents: SenderEvent[] = [];
  /** Everything that the sender sent, and what the receivers answered, as it lay on the wire. */
  readonly said: Uint8Array[] = [];
  readonly answered: Uint8Array[] = [];
  sentBytes = 0;
  now = 1_000_000;
  readonly #random: Random;
  readonly #lossRatio: number;
  readonly #outgoing = new DatagramBatch(BATCH_COUNT, DATAGRAM_SIZE_MAX);
  readonly #incoming = new DatagramBatch(BATCH_COUNT, DATAGRAM_SIZE_MAX);

  constructor({ content, receiverCount, lossRatio, session = 1, seed = 7 }: GroupOptions) {
    this.#random = new Random(seed);
    this.#lossRatio = lossRatio;
    this.senderKey = new Uint8Array(16).fill(session);
    this.feedbackSecret = new Uint8Array(16).fill(session + 100);
    this.sender = new SenderSession({
      ...SENDER,
      seed,
      rate: { mode: 'fixed', bytesPerSecond: BYTES_PER_SECOND },
      symbolSize: SYMBOL_SIZE,
      fec: { scheme: 'reedSolomon', blockLength: 64, repairSymbolCount: 32, proactiveRepairSymbols: 'auto' },
      groupSize: receiverCount,
      stragglers: 'leave',
      firstToi: 1,
      authentication: { senderKey: this.senderKey, feedbackSecret: this.feedbackSecret },
    });
    const source = {
      size: content.length,
      read: (offset: number, into: Uint8Array) => into.set(content.subarray(offset, offset + into.length)),
    };
    this.sender.enqueueObject({ source, info: new Uint8Array() });
    this.members = Array.from({ length: receiverCount }, (_, index) => this.#member(index, content.length));
  }

  /** Until it is over, or for so long. The attacker speaks once in each millisecond. */
  run(secondsMax: number, attacker?: () => void, isOver = () => this.isComplete): this {
    const until = this.now + secondsMax * 1e6;
    while (this.now < until && !isOver()) this.step(attacker);
    return this;
  }

  get isComplete(): boolean {
    return this.members.every(({ isComplete }) => isComplete);
  }

  step(attacker?: () => void): void {
    this.now += STEP_MICROS;
    attacker?.();
    this.#speak(this.sender, (datagram) => {
      this.said.push(datagram);
      this.sentBytes += datagram.length;
      for (const member of this.members) if (!this.#random.chance(this.#lossRatio)) this.toMember(member, datagram);
    });
    for (let event = this.sender.pollEvent(); event !== undefined; event = this.sender.pollEvent())
      this.senderEvents.push(event);
    for (const member of this.members) {
      this.#speak(member.session, (datagram) => {
        this.answered.push(datagram);
        this.toSender(datagram);
      });
      this.#takeEvents(member);
    }
  }

  toSender(datagram: Uint8Array): void {
    this.#hear(this.sender, datagram);
  }

  toMembers(datagram: Uint8Array): void {
    for (const member of this.members) this.toMember(member, datagram);
  }

  toMember({ session }: Member, datagram: Uint8Array): void {
    this.#hear(session, datagram);
  }

  missing(member: Member): readonly ByteRange[] | undefined {
    const missing = member.session.missingRanges({ senderId: SENDER.nodeId, instanceId: SENDER.instanceId, toi: 1 });
    this.#takeEvents(member);
    return missing;
  }

  #hear(session: SenderSession | ReceiverSession, datagram: Uint8Array): void {
    const batch = this.#incoming;
    batch.clear();
    batch.bytes.set(datagram);
    batch.append(datagram.length, 1);
    session.handleDatagrams(this.now, batch);
  }

  #speak(session: SenderSession | ReceiverSession, say: (datagram: Uint8Array) => void): void {
    const batch = this.#outgoing;
    session.handleTimeout(this.now);
    do {
      batch.clear();
      session.pollTransmit(this.now, batch);
      for (let index = 0; index < batch.count; index += 1) {
        const offset = batch.offsets[index]!;
        say(batch.bytes.slice(offset, offset + batch.lengths[index]!));
      }
    } while (batch.count > 0);
  }

  #takeEvents(member: Member): void {
    for (let event = member.session.pollEvent(); event !== undefined; event = member.session.pollEvent()) {
      if (event.type === 'objectCompleted') member.isComplete = true;
      if (event.type === 'rangeWritten') member.written.push({ offset: event.offset, length: event.length });
      else member.events.push(event);
    }
  }

  #member(index: number, size: number): Member {
    const nodeId = FIRST_NODE_ID + index;
    const feedbackKey = feedbackKeyOf(this.feedbackSecret, nodeId);
    const sink = new Uint8Array(size);
    const session = new ReceiverSession({
      nodeId,
      seed: nodeId,
      sender: SENDER,
      firstToi: 1,
      onObject: ({ size: announced }) =>
        announced === size
          ? { sink: { write: (offset, bytes) => sink.set(bytes, offset), read: readOf(sink) } }
          : undefined,
      authentication: { senderKey: this.senderKey, feedbackKey, senderRollover: 0, feedbackRollover: 0 },
    });
    return { nodeId, session, feedbackKey, sink, events: [], written: [], isComplete: false };
  }
}

/** Bytes of which no two symbols are alike. */
export function testContent(size: number): Uint8Array {
  const words = new Uint32Array(size >> 2);
  for (let index = 0; index < words.length; index += 1) words[index] = Math.imul(index + 1, 0x9e37_79b1);
  return new Uint8Array(words.buffer);
}

function readOf(bytes: Uint8Array): (offset: number, into: Uint8Array) => void {
  return (offset, into) => into.set(bytes.subarray(offset, offset + into.length));
}
