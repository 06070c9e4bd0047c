import { PEERS_MAX } from '../limits.ts';

/**
 * Handles for the source addresses that a socket heard. A handle is never used again for another address, so a session
 * may keep one for ever: that of an address that was pushed out is simply not known any more.
 */
export class PeerTable<Key, Address> {
  readonly #handles = new Map<Key, number>();
  readonly #addresses = new Map<number, Address>();
  #nextHandle = 1;

  /** The handle of an address; `copyAddress` is called only for a new one. */
  handleOf(key: Key, copyAddress: () => Address): number {
    const known = this.#handles.get(key);
    if (known !== undefined) {
      // Re-insertion keeps the map in order of use: the first is the one that was silent longest.
      this.#handles.delete(key);
      this.#handles.set(key, known);
      return known;
    }
    if (this.#handles.size >= PEERS_MAX) this.#forgetOldest();
    const handle = this.#nextHandle++;
    this.#handles.set(key, handle);
    this.#addresses.set(handle, copyAddress());
    return handle;
  }

  addressOf(handle: number): Address | undefined {
    return this.#addresses.get(handle);
  }

  #forgetOldest(): void {
    for (const [key, handle] of this.#handles) {
      this.#handles.delete(key);
      this.#addresses.delete(handle);
      return;
    }
  }
}
