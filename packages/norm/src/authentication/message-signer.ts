import type { DatagramBatch } from '../batch.ts';
import type { Arena } from '../wire/arena.ts';
import { findMac, insertExtAuth } from '../wire/ext-auth.ts';
import { type DatagramMac, type Direction } from './datagram-mac.ts';
import { extend } from './extended-sequence.ts';
import { PayloadViews } from '../object/payload-views.ts';

/** Signs a node's messages, in the order of their sequence, where they lie in a batch. */
export class MessageSigner {
  readonly #mac: DatagramMac;
  readonly #key: Uint8Array;
  readonly #direction: Direction;
  readonly #views = new PayloadViews();
  #rollover: number;
  #sequence = 0;

  constructor(mac: DatagramMac, key: Uint8Array, direction: Direction, rollover: number) {
    this.#mac = mac;
    this.#key = key.slice();
    this.#direction = direction;
    this.#rollover = rollover;
  }

  /** How often the sequence has rolled over by the last message. */
  get rollover(): number {
    return this.#rollover;
  }

  /** Makes room for the MAC in a message that is being written. Returns its new end. */
  reserve(arena: Arena, offset: number, end: number): number {
    return insertExtAuth(arena, offset, end);
  }

  /** Signs the batch's last datagram, in which room was made. */
  sign(batch: DatagramBatch): void {
    const index = batch.count - 1;
    const offset = batch.offsets[index]!;
    const length = batch.lengths[index]!;
    const macAt = findMac(batch.view, offset, length);
    const sequence = batch.view.getUint16(offset + 2);
    if (sequence < this.#sequence) this.#rollover += 1;
    this.#sequence = sequence;
    this.#mac.put(this.#views.of(batch.bytes, index, offset, length), macAt - offset);
    batch.bytes.set(this.#mac.compute(this.#key, this.#direction, extend(this.#rollover, sequence)), macAt);
  }
}
