import type { DatagramBatch } from '@rollcall/norm';
import type { Libc } from './libc.ts';
import type { NativePeers } from './native-peers.ts';
import {
  RECEIVE_BATCH_DATAGRAMS,
  SUPER_PACKETS_RECEIVED_MAX,
  SUPER_PACKET_SIZE_MAX_BYTES,
  WAITED_MAX_MICROS,
} from '../../limits.ts';
import { KernelMemory } from './kernel-memory.ts';
import * as linux from './linux.ts';

/** Time of arrival, packet info and segment size: 32, 32 and 24 bytes. */
const CONTROL_SIZE = 96;
const NAME_SIZE = 32;
const MESSAGES_MAX = RECEIVE_BATCH_DATAGRAMS;

/** By which interface and to which address a datagram has to come. */
interface Arrival {
  readonly interfaceIndex: number;
  readonly address: string;
}

/**
 * recvmmsg straight into a batch: message i has slot i of the arena.
 *
 * Where a slot holds a whole super-packet, the kernel is asked for datagrams that it has put together (UDP_GRO). They
 * are taken apart where they lie; what the batch has no room for is taken by the next call, before the socket is read
 * again.
 */
export class MessageReceiver {
  /** Whether the last call left something behind, or filled every slot. */
  hasMore = false;
  truncatedCount = 0;
  misdirectedCount = 0;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #peers: NativePeers;
  readonly #arrivalAddress: number;
  #arrivalInterface: number;
  readonly #messages: KernelMemory;
  readonly #vectors: KernelMemory;
  readonly #names: KernelMemory;
  readonly #control: KernelMemory;
  readonly #meminfo: KernelMemory;
  readonly #checksArrival: boolean;
  readonly #now: KernelMemory;
  #batch: DatagramBatch | undefined;
  #slotCount = 0;
  #slotSize = 0;
  /** Messages that were received and are not yet taken: the next, how much of it is, and the one after the last. */
  #next = 0;
  #nextTaken = 0;
  #end = 0;
  /** They were as many as there was room for: more may wait. */
  #wereFull = false;
  /** Super-packets come: a few fill a batch. */
  #isCoalesced = false;

  constructor(libc: Libc, fd: number, peers: NativePeers, arrival: Arrival | undefined) {
    this.#libc = libc;
    this.#fd = fd;
    this.#peers = peers;
    this.#checksArrival = arrival !== undefined;
    this.#arrivalAddress = arrival ? ipv4Number(arrival.address) : 0;
    this.#arrivalInterface = arrival?.interfaceIndex ?? 0;
    this.#messages = new KernelMemory(libc, MESSAGES_MAX * linux.MMSGHDR_SIZE);
    this.#vectors = new KernelMemory(libc, MESSAGES_MAX * linux.IOVEC_SIZE);
    this.#names = new KernelMemory(libc, MESSAGES_MAX * NAME_SIZE);
    this.#control = new KernelMemory(libc, MESSAGES_MAX * CONTROL_SIZE);
    this.#meminfo = new KernelMemory(libc, 64);
    this.#now = new KernelMemory(libc, 16);
    this.#meminfo.setInt32(0, 1);
    libc.setsockopt(fd, linux.SOL_SOCKET, linux.SO_TIMESTAMPNS, this.#meminfo.address, 4);
    for (let index = 0; index < MESSAGES_MAX; index++) {
      const message = index * linux.MMSGHDR_SIZE;
      this.#messages.setWord(message + linux.MSG_NAME, this.#names.address + index * NAME_SIZE);
      this.#messages.setWord(message + linux.MSG_IOV, this.#vectors.address + index * linux.IOVEC_SIZE);
      this.#messages.setWord(message + linux.MSG_IOVLEN, 1);
      this.#messages.setWord(message + linux.MSG_CONTROL, this.#control.address + index * CONTROL_SIZE);
      this.#makeReady(index);
    }
  }

  /** The interface was made anew, under another number. */
  setInterface(index: number): void {
    this.#arrivalInterface = index;
  }

  /** Datagrams that the kernel dropped because the receive buffer was full; undefined before Linux 4.12. */
  overrunCount(): number | undefined {
    const { address, view } = this.#meminfo;
    this.#meminfo.setInt32(linux.MEMINFO_SIZE, linux.MEMINFO_SIZE);
    const size = address + linux.MEMINFO_SIZE;
    if (this.#libc.getsockopt(this.#fd, linux.SOL_SOCKET, linux.SO_MEMINFO, address, size) !== 0) return undefined;
    return view.getUint32(linux.MEMINFO_DROPS, true);
  }

  /** Appends what has arrived to the batch, into its slots from `first` on. Returns the first free slot. */
  receive(batch: DatagramBatch, first: number): number {
    if (batch !== this.#batch) this.#pointAt(batch);
    if (this.#next === this.#end) {
      const messagesMax = this.#isCoalesced ? SUPER_PACKETS_RECEIVED_MAX : MESSAGES_MAX;
      const room = Math.min(messagesMax, this.#slotCount - first);
      if (room <= 0) return first;
      const start = this.#messages.address + first * linux.MMSGHDR_SIZE;
      const received = this.#libc.recvmmsg(this.#fd, start, room, linux.MSG_DONTWAIT, 0);
      // Nothing there, or an error of an earlier datagram that the kernel passes on: neither is this session's affair.
      this.#next = first;
      this.#end = first + Math.max(0, received);
      this.#isCoalesced = false;
      this.#wereFull = received === room;
    }
    if (this.#next < this.#end) this.#libc.clock_gettime(linux.CLOCK_REALTIME, this.#now.address);
    while (this.#next < this.#end && batch.count < batch.countMax) this.#take(batch);
    this.hasMore = this.#wereFull || this.#next < this.#end;
    return this.#end;
  }

  /** Takes the next message, or as much of it as the batch has room for. */
  #take(batch: DatagramBatch): void {
    const index = this.#next;
    const message = index * linux.MMSGHDR_SIZE;
    const { view } = this.#messages;
    if ((view.getInt32(message + linux.MSG_FLAGS, true) & linux.MSG_TRUNC) !== 0) this.truncatedCount++;
    else if (this.#checksArrival && !this.#hasArrivedRight(index)) this.misdirectedCount++;
    else {
      const length = view.getUint32(message + linux.MSG_LEN, true);
      const nameLength = view.getUint32(message + linux.MSG_NAMELEN, true);
      const peer = this.#peers.handleAt(this.#names.bytes, this.#names.view, index * NAME_SIZE, nameLength);
      const segment = this.#segmentSize(index) || length;
      const waited = this.#waited(index);
      let taken = this.#nextTaken;
      do {
        const at = batch.count++;
        batch.offsets[at] = index * this.#slotSize + taken;
        batch.lengths[at] = Math.min(segment, length - taken);
        batch.peers[at] = peer;
        batch.waited[at] = waited;
        taken += segment;
      } while (taken < length && batch.count < batch.countMax);
      if (segment < length) this.#isCoalesced = true;
      this.#nextTaken = taken;
      if (taken < length) return;
    }
    this.#nextTaken = 0;
    this.#next++;
    this.#makeReady(index);
  }

  /** What the kernel overwrites with the sizes of what came, and reads as the room that there is. */
  #makeReady(index: number): void {
    const message = index * linux.MMSGHDR_SIZE;
    this.#messages.setInt32(message + linux.MSG_NAMELEN, linux.SOCKADDR_IN6_SIZE);
    this.#messages.setInt32(message + linux.MSG_CONTROLLEN, CONTROL_SIZE);
  }

  /** struct in_pktinfo: interface, the local address, the destination as the header has it. */
  #hasArrivedRight(index: number): boolean {
    const { view } = this.#control;
    const data = this.#controlData(index, linux.IPPROTO_IP, linux.IP_PKTINFO);
    return (
      data !== 0 &&
      view.getInt32(data, true) === this.#arrivalInterface &&
      view.getUint32(data + 8) === this.#arrivalAddress
    );
  }

  /** The length of the datagrams that a super-packet was put together from; 0 for a datagram by itself. */
  #segmentSize(index: number): number {
    const data = this.#controlData(index, linux.SOL_UDP, linux.UDP_GRO);
    return data === 0 ? 0 : this.#control.view.getInt32(data, true);
  }

  /**
   * How long ago the kernel had the datagram, in microseconds, by the clock of the day, which alone it stamps with. 0 when
   * that was set between the two, or the time is not told.
   */
  #waited(index: number): number {
    const data = this.#controlData(index, linux.SOL_SOCKET, linux.SO_TIMESTAMPNS);
    if (data === 0) return 0;
    const { view } = this.#control;
    const now = this.#now.view;
    const seconds = now.getUint32(0, true) - view.getUint32(data, true);
    const micros = seconds * 1e6 + Math.trunc((now.getUint32(8, true) - view.getUint32(data + 8, true)) / 1000);
    return micros >= 0 && micros <= WAITED_MAX_MICROS ? micros : 0;
  }

  /** Where the data of such a control message begin; 0 when there is none. */
  #controlData(index: number, level: number, type: number): number {
    const { view } = this.#control;
    const start = index * CONTROL_SIZE;
    const end = start + this.#messages.view.getUint32(index * linux.MMSGHDR_SIZE + linux.MSG_CONTROLLEN, true);
    for (let at = start; at + linux.CMSG_HEADER_SIZE <= end;) {
      const size = view.getUint32(at, true);
      if (view.getInt32(at + 8, true) === level && view.getInt32(at + 12, true) === type) {
        return at + linux.CMSG_HEADER_SIZE;
      }
      // CMSG_NXTHDR: control messages begin at multiples of a word.
      at += Math.max(linux.CMSG_HEADER_SIZE, (size + 7) & ~7);
    }
    return 0;
  }

  #pointAt(batch: DatagramBatch): void {
    this.#batch = batch;
    this.#slotCount = Math.min(MESSAGES_MAX, batch.countMax);
    this.#slotSize = Math.floor(batch.bytes.length / batch.countMax);
    this.#next = this.#end = this.#nextTaken = 0;
    this.#wereFull = false;
    this.#coalesce(this.#slotSize >= SUPER_PACKET_SIZE_MAX_BYTES);
    const arena = this.#libc.addressOf(batch.bytes);
    for (let index = 0; index < this.#slotCount; index++) {
      this.#vectors.setWord(index * linux.IOVEC_SIZE, arena + index * this.#slotSize);
      this.#vectors.setWord(index * linux.IOVEC_SIZE + 8, this.#slotSize);
    }
  }

  /** Linux before 5.0 cannot: then each datagram comes by itself. */
  #coalesce(wanted: boolean): void {
    this.#meminfo.setInt32(0, wanted ? 1 : 0);
    this.#libc.setsockopt(this.#fd, linux.SOL_UDP, linux.UDP_GRO, this.#meminfo.address, 4);
  }
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
