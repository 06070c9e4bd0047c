import type { ByteRange, Session } from '@rollcall/norm';
import { DatagramBatch, ReceiverSession, SenderSession } from '@rollcall/norm';
import {
  REHEARSAL_BYTES,
  REHEARSAL_LOSS_INTERVAL,
  REHEARSAL_RATE_BYTES_PER_SECOND,
  REHEARSAL_SLICE_MICROS,
} from '../limits.ts';
import { openMemoryStore } from './object-store.ts';
import { ReceivedObject } from './received-object.ts';

const SYMBOL_SIZE = 1452;
const FEC = { scheme: 'reedSolomon', blockLength: 64, repairSymbolCount: 16 } as const;
const SENDER = { nodeId: 1, instanceId: 1 };

/**
 * What a receiver does while it waits: it receives a made-up object from a made-up sender, with losses and repair, all in
 * memory and in virtual time. A JavaScript engine compiles what it has seen run often; several receivers on one machine
 * would else all do so at the same instant, in the first second of the transfer, when the sender needs the processor.
 */
export class Rehearsal {
  readonly #sender = new SenderSession({
    ...SENDER,
    seed: 1,
    rate: { mode: 'fixed', bytesPerSecond: REHEARSAL_RATE_BYTES_PER_SECOND },
    symbolSize: SYMBOL_SIZE,
    fec: FEC,
  });
  readonly #receiver: ReceiverSession;
  readonly #object = new ReceivedObject(openMemoryStore(REHEARSAL_BYTES), REHEARSAL_BYTES, [], undefined);
  readonly #batch = new DatagramBatch(64, SYMBOL_SIZE + 84);
  #now = 0;
  #untilLoss = REHEARSAL_LOSS_INTERVAL;

  constructor() {
    this.#receiver = new ReceiverSession({
      nodeId: 2,
      seed: 2,
      sender: SENDER,
      onObject: () => ({ sink: this.#object }),
    });
    this.#sender.enqueueObject({ source: { size: REHEARSAL_BYTES, read: () => undefined }, info: new Uint8Array() });
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
    return !isComplete;
  }

  get missing(): readonly ByteRange[] {
    return this.#object.missingRanges();
  }

  get decodedSymbolCount(): number {
    return this.#receiver.stats.decodedSymbolCount;
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
