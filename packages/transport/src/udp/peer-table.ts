import type { DatagramBatch } from '@rollcall/norm';
import { PEERS_MAX, PEERS_UNPROVEN_MAX } from '../limits.ts';

/**
 * Handles for the source addresses that a socket heard. A handle is never used again for another address, so a session
 * may keep one for ever: that of an address that was pushed out is simply not known any more.
 *
 * An address is unproven until its session has believed a datagram from it. Anybody can make up as many as there are: those
 * push out one another, and none that was kept.
 */
export class PeerTable<Key, Address> {
  /** In order of use: the first is the one that was silent longest. */
  readonly #kept = new Map<Key, number>();
  readonly #unproven = new Map<Key, number>();
  readonly #peers = new Map<number, { readonly key: Key; readonly address: Address }>();
  #nextHandle = 1;

  /** The handle of an address; `copyAddress` is called only for a new one. */
  handleOf(key: Key, copyAddress: () => Address): number {
    const known = this.#kept.get(key) ?? this.#unproven.get(key);
    if (known !== undefined) return known;
    if (this.#unproven.size >= PEERS_UNPROVEN_MAX) this.#forgetFirst(this.#unproven);
    const handle = this.#nextHandle++;
    this.#unproven.set(key, handle);
    this.#peers.set(handle, { key, address: copyAddress() });
    return handle;
  }

  /** Those of a batch that its session left in it. */
  keep({ peers, count }: DatagramBatch): void {
    let before = 0;
    for (let index = 0; index < count; index++) {
      const handle = peers[index] ?? 0;
      // Datagrams in a row mostly have the same source.
      if (handle !== before && handle > 0) this.#keep(handle);
      before = handle;
    }
  }

  addressOf(handle: number): Address | undefined {
    return this.#peers.get(handle)?.address;
  }

  #keep(handle: number): void {
    const key = this.#peers.get(handle)?.key;
    if (key === undefined) return;
    this.#unproven.delete(key);
    // Re-insertion keeps the order.
    if (!this.#kept.delete(key) && this.#kept.size >= PEERS_MAX) this.#forgetFirst(this.#kept);
    this.#kept.set(key, handle);
  }

  #forgetFirst(handles: Map<Key, number>): void {
    for (const [key, handle] of handles) {
      handles.delete(key);
      this.#peers.delete(handle);
      return;
    }
  }
}
