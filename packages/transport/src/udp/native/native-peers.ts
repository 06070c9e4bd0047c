import type { Endpoint } from '../endpoint.ts';
import { PeerTable } from '../peer-table.ts';
import { AF_INET } from './linux.ts';
import { decodeSocketAddress } from './socket-address.ts';

/** Peers by the socket addresses that the kernel writes. */
export class NativePeers {
  readonly #table = new PeerTable<number | string, Uint8Array>();
  #lastKey: number | string = '';
  #lastHandle = 0;

  /** The handle of the socket address at `offset`. Datagrams in a row mostly have the same source: that is quick. */
  handleAt(bytes: Uint8Array, view: DataView, offset: number, length: number): number {
    const key =
      view.getUint16(offset, true) === AF_INET
        ? view.getUint32(offset + 4) * 65_536 + view.getUint16(offset + 2)
        : Buffer.from(bytes.buffer, offset, length).toString('latin1');
    if (key === this.#lastKey) return this.#lastHandle;
    this.#lastHandle = this.#table.handleOf(key, () => bytes.slice(offset, offset + length));
    this.#lastKey = key;
    return this.#lastHandle;
  }

  socketAddressOf(handle: number): Uint8Array | undefined {
    return this.#table.addressOf(handle);
  }

  endpointOf(handle: number): Endpoint | undefined {
    const address = this.#table.addressOf(handle);
    return address && decodeSocketAddress(address);
  }
}
