import type { ByteRange, Session } from '@rollcall/norm';
import type { ExpectedObject, ReceiverConfig } from './session-config.ts';
import { DatagramBatch, feedbackKeyOf, ReceiverSession, SenderSession } from '@rollcall/norm';
import { hash } from 'node:crypto';
import { LeafCipher } from '../content/leaf-cipher.ts';
import {
  REHEARSAL_BYTES,
  REHEARSAL_LOSS_INTERVAL,
  REHEARSAL_RATE_BYTES_PER_SECOND,
  REHEARSAL_SLICE_MICROS,
  VERIFY_ROUND_BYTES,
} from '../limits.ts';
import { LEAF_PREFIX } from './leaf-verifier.ts';
import { openMemoryStore } from './object-store.ts';
import { ReceivedObject } from './received-object.ts';

const SYMBOL_SIZE = 1452;
const FEC = { scheme: 'reedSolomon', blockLength: 64, repairSymbolCount: 16 } as const;
const SENDER = { nodeId: 1, instanceId: 1 };
const RECEIVER_NODE_ID = 2;
/** Keys of nobody's: nothing that is made with them leaves this process. */
const KEYS = { senderKey: new Uint8Array(16), feedbackSecret: new Uint8Array(16) };
const CONTENT_KEY = new Uint8Array(32);

/**
 * What a receiver does while it waits: it receives a made-up object from a made-up sender, with losses and repair, all in
 * memory and in virtual time, signed, hashed and encrypted as the session to come will be. A JavaScript engine compiles
 * what it has seen run often; several receivers on one machine would else all do so at the same instant, in the first
 * second of the transfer, when the sender needs the processor.
 */
export class Rehearsal {
  readonly #sender: SenderSession;
  readonly #receiver: ReceiverSession;
  readonly #object: ReceivedObject;
  readonly #batch = new DatagramBatch(64, SYMBOL_SIZE + 84);
  #now = 0;
  #untilLoss = REHEARSAL_LOSS_INTERVAL;

  /** @param session what is practised for */
  constructor({ authentication, objects }: Pick<ReceiverConfig, 'authentication' | 'objects'>) {
    const isSigned = authentication !== undefined;
    this.#sender = new SenderSession({
      ...SENDER,
      seed: 1,
      rate: { mode: 'fixed', bytesPerSecond: REHEARSAL_RATE_BYTES_PER_SECOND },
      symbolSize: SYMBOL_SIZE,
      fec: FEC,
      ...(isSigned && { authentication: KEYS }),
    });
    const { bytes, leaves } = contentLike(objects.find((object) => object.leaves !== undefined)?.leaves);
    this.#object = new ReceivedObject(openMemoryStore(REHEARSAL_BYTES), REHEARSAL_BYTES, [], leaves);
    this.#receiver = new ReceiverSession({
      nodeId: RECEIVER_NODE_ID,
      seed: 2,
      sender: SENDER,
      onObject: () => ({ sink: this.#object }),
      ...(isSigned && {
        authentication: {
          senderKey: KEYS.senderKey,
          feedbackKey: feedbackKeyOf(KEYS.feedbackSecret, RECEIVER_NODE_ID),
          senderRollover: 0,
          feedbackRollover: 0,
        },
      }),
    });
    const read = (offset: number, target: Uint8Array): void =>
      target.set(bytes.subarray(offset, offset + target.length));
    this.#sender.enqueueObject({ source: { size: REHEARSAL_BYTES, read }, info: new Uint8Array() });
  }

  /** Some milliseconds' worth of it. Returns whether there is more. */
  step(): boolean {
    this.#now += REHEARSAL_SLICE_MICROS;
    this.#carry(this.#sender, this.#receiver, true);
    this.#carry(this.#receiver, this.#sender, false);
    while (this.#sender.pollEvent()) continue;
    let isComplete = false;
    for (let event = this.#receiver.pollEvent(); event; event = this.#receiver.pollEvent()) {
      if (event.type === 'rangeWritten') this.#object.onWritten(event.offset, event.length);
      isComplete ||= event.type === 'objectCompleted';
    }
    this.#object.verifier?.verify(VERIFY_ROUND_BYTES);
    return !isComplete;
  }

  get missing(): readonly ByteRange[] {
    return this.#object.missingRanges();
  }

  get decodedSymbolCount(): number {
    return this.#receiver.stats.decodedSymbolCount;
  }

  /** Of leaves that were right. */
  get verifiedBytes(): number {
    return this.#object.verifier?.foundBytes ?? 0;
  }

  #carry(from: Session<unknown>, to: Session<unknown>, isLossy: boolean): void {
    from.handleTimeout(this.#now);
    for (;;) {
      this.#batch.clear();
      if (from.pollTransmit(this.#now, this.#batch) === 0) return;
      if (isLossy) this.#loseSome();
      to.handleDatagrams(this.#now, this.#batch);
    }
  }

  /** A datagram without a byte is none. */
  #loseSome(): void {
    this.#untilLoss -= this.#batch.count;
    if (this.#untilLoss > 0) return;
    this.#untilLoss = REHEARSAL_LOSS_INTERVAL;
    this.#batch.lengths[0] = 0;
  }
}

/** Zeros as they would travel, with the leaf table that they need: in leaves of the same size, encrypted if those are. */
function contentLike(leaves: ExpectedObject['leaves']): {
  readonly bytes: Uint8Array;
  readonly leaves: ExpectedObject['leaves'];
} {
  const bytes = new Uint8Array(REHEARSAL_BYTES);
  if (leaves === undefined) return { bytes, leaves };
  const leafSize = Math.min(leaves.leafSize, REHEARSAL_BYTES);
  const encryption = leaves.encryption && { key: CONTENT_KEY, context: leaves.encryption.context };
  const cipher = encryption && new LeafCipher(encryption);
  const entries: Uint8Array[] = [];
  for (let offset = 0; offset < REHEARSAL_BYTES; offset += leafSize) {
    const leaf = bytes.subarray(offset, offset + leafSize);
    const encrypted = cipher?.encrypt(offset / leafSize, leaf);
    if (encrypted) leaf.set(encrypted.bytes);
    entries.push(hash('sha256', Buffer.concat([Buffer.of(LEAF_PREFIX), leaf]), 'buffer'));
    if (encrypted) entries.push(encrypted.tag);
  }
  return { bytes, leaves: { leafSize, table: Buffer.concat(entries), ...(encryption && { encryption }) } };
}
