import type { DatagramBatch } from '@rollcall/norm';
import type { Libc } from './libc.ts';
import type { NativePeers } from './native-peers.ts';
import { RECEIVE_BATCH_DATAGRAMS } from '../../limits.ts';
import { KernelMemory } from './kernel-memory.ts';
import * as linux from './linux.ts';

const CONTROL_SIZE = 64;
const MESSAGES_MAX = RECEIVE_BATCH_DATAGRAMS;

/** By which interface and to which address a datagram has to come. */
interface Arrival {
  readonly interfaceIndex: number;
  readonly address: string;
}

/** recvmmsg straight into a batch: message i has slot i of the arena. */
export class MessageReceiver {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #peers: NativePeers;
  readonly #arrival: { readonly interfaceIndex: number; readonly address: number } | undefined;
  readonly #messages: KernelMemory;
  readonly #vectors: KernelMemory;
  readonly #names: KernelMemory;
  readonly #control: KernelMemory;
  #batch: DatagramBatch | undefined;
  #slotSize = 0;

  constructor(libc: Libc, fd: number, peers: NativePeers, arrival: Arrival | undefined) {
    this.#libc = libc;
    this.#fd = fd;
    this.#peers = peers;
    this.#arrival = arrival && { ...arrival, address: ipv4Number(arrival.address) };
    this.#messages = new KernelMemory(libc, MESSAGES_MAX * linux.MMSGHDR_SIZE);
    this.#vectors = new KernelMemory(libc, MESSAGES_MAX * linux.IOVEC_SIZE);
    this.#names = new KernelMemory(libc, MESSAGES_MAX * 32);
    this.#control = new KernelMemory(libc, MESSAGES_MAX * CONTROL_SIZE);
    for (let index = 0; index < MESSAGES_MAX; index++) {
      const message = index * linux.MMSGHDR_SIZE;
      this.#messages.setWord(message + linux.MSG_NAME, this.#names.address + index * 32);
      this.#messages.setWord(message + linux.MSG_IOV, this.#vectors.address + index * linux.IOVEC_SIZE);
      this.#messages.setWord(message + linux.MSG_IOVLEN, 1);
      if (arrival) this.#messages.setWord(message + linux.MSG_CONTROL, this.#control.address + index * CONTROL_SIZE);
    }
  }

  /** Appends what has arrived to the batch, into its slots from `first` on. Returns the first free slot. */
  receive(batch: DatagramBatch, first: number): number {
    if (batch !== this.#batch) this.#pointAt(batch);
    const room = Math.min(MESSAGES_MAX, batch.offsets.length) - first;
    if (room <= 0) return first;
    const messages = this.#messages;
    for (let index = first; index < first + room; index++) {
      const message = index * linux.MMSGHDR_SIZE;
      messages.setInt32(message + linux.MSG_NAMELEN, linux.SOCKADDR_IN6_SIZE);
      if (this.#arrival) messages.setWord(message + linux.MSG_CONTROLLEN, CONTROL_SIZE);
    }
    const start = messages.address + first * linux.MMSGHDR_SIZE;
    const received = this.#libc.recvmmsg(this.#fd, start, room, linux.MSG_DONTWAIT, 0);
    // Nothing there, or an error of an earlier datagram that the kernel passes on: neither is this session's affair.
    const end = first + Math.max(0, received);
    for (let index = first; index < end; index++) this.#take(batch, index);
    return end;
  }

  #take(batch: DatagramBatch, index: number): void {
    const message = index * linux.MMSGHDR_SIZE;
    const { view } = this.#messages;
    if ((view.getInt32(message + linux.MSG_FLAGS, true) & linux.MSG_TRUNC) !== 0) return;
    if (this.#arrival && !this.#hasArrivedRight(index)) return;
    const at = batch.count++;
    batch.offsets[at] = index * this.#slotSize;
    batch.lengths[at] = view.getUint32(message + linux.MSG_LEN, true);
    const nameLength = view.getUint32(message + linux.MSG_NAMELEN, true);
    batch.peers[at] = this.#peers.handleAt(this.#names.bytes, this.#names.view, index * 32, nameLength);
  }

  /** struct in_pktinfo: interface, the local address, the destination as the header has it. */
  #hasArrivedRight(index: number): boolean {
    const { view } = this.#control;
    const start = index * CONTROL_SIZE;
    return (
      view.getInt32(start + 8, true) === linux.IPPROTO_IP &&
      view.getInt32(start + 12, true) === linux.IP_PKTINFO &&
      view.getInt32(start + linux.CMSG_HEADER_SIZE, true) === this.#arrival?.interfaceIndex &&
      view.getUint32(start + linux.CMSG_HEADER_SIZE + 8) === this.#arrival.address
    );
  }

  #pointAt(batch: DatagramBatch): void {
    this.#batch = batch;
    this.#slotSize = Math.floor(batch.bytes.length / batch.offsets.length);
    const arena = this.#libc.addressOf(batch.bytes);
    for (let index = 0; index < Math.min(MESSAGES_MAX, batch.offsets.length); index++) {
      this.#vectors.setWord(index * linux.IOVEC_SIZE, arena + index * this.#slotSize);
      this.#vectors.setWord(index * linux.IOVEC_SIZE + 8, this.#slotSize);
    }
  }
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
