import type { DatagramBatch } from '@rollcall/norm';
import type { Endpoint } from '../endpoint.ts';
import { PeerTable } from '../peer-table.ts';
import { AF_INET } from './linux.ts';
import { decodeSocketAddress } from './socket-address.ts';

/** Peers by the socket addresses that the kernel writes. */
export class NativePeers {
  readonly #table = new PeerTable<number | string, Uint8Array>();
  #last: Uint8Array = new Uint8Array();
  #lastHandle = 0;

  /** The handle of the socket address at `offset`. Datagrams in a row mostly have the same source: that is quick. */
  handleAt(bytes: Uint8Array, view: DataView, offset: number, length: number): number {
    if (this.#isLast(bytes, offset, length)) return this.#lastHandle;
    const key =
      view.getUint16(offset, true) === AF_INET
        ? view.getUint32(offset + 4) * 65_536 + view.getUint16(offset + 2)
        : Buffer.from(bytes.buffer, offset, length).toString('latin1');
    this.#last = bytes.slice(offset, offset + length);
    this.#lastHandle = this.#table.handleOf(key, () => this.#last);
    return this.#lastHandle;
  }

  #isLast(bytes: Uint8Array, offset: number, length: number): boolean {
    const last = this.#last;
    if (last.length !== length) return false;
    for (let index = 0; index < length; index++) {
      if (last[index] !== bytes[offset + index]) return false;
    }
    return true;
  }

  keep(batch: DatagramBatch): void {
    this.#table.keep(batch);
  }

  socketAddressOf(handle: number): Uint8Array | undefined {
    return this.#table.addressOf(handle);
  }

  endpointOf(handle: number): Endpoint | undefined {
    const address = this.#table.addressOf(handle);
    return address && decodeSocketAddress(address);
  }
}
