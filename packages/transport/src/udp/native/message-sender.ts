import type { DatagramBatch } from '@rollcall/norm';
import type { Endpoint } from '../endpoint.ts';
import type { Libc } from './libc.ts';
import type { NativePeers } from './native-peers.ts';
import { SEND_BATCH_DATAGRAMS, SUPER_PACKET_SEGMENTS_MAX, SUPER_PACKET_SIZE_MAX_BYTES } from '../../limits.ts';
import { TransportError } from '../../transport-error.ts';
import { KernelMemory } from './kernel-memory.ts';
import * as linux from './linux.ts';
import { encodeSocketAddress } from './socket-address.ts';

const MESSAGES_MAX = SEND_BATCH_DATAGRAMS;
const NAME_SIZE = 32;
const CONTROL_SIZE = 24;

const SUPER_PACKET_REFUSALS: ReadonlySet<number> = new Set([
  linux.EIO,
  linux.EINVAL,
  linux.EMSGSIZE,
  linux.ENOPROTOOPT,
  linux.EOPNOTSUPP,
]);

/** sendmmsg straight out of a batch; datagrams of one length to one destination in a row go as one super-packet. */
export class MessageSender {
  trouble: string | undefined;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #peers: NativePeers;
  readonly #group: Endpoint;
  #groupAddress: Uint8Array;
  #burstMaxBytes = SUPER_PACKET_SIZE_MAX_BYTES;
  readonly #messages: KernelMemory;
  readonly #vectors: KernelMemory;
  readonly #names: KernelMemory;
  readonly #control: KernelMemory;
  /** For each message the index of the datagram after its last. */
  readonly #ends = new Int32Array(MESSAGES_MAX);
  /** The kernel, or the interface's driver, does not cut super-packets: each datagram goes by itself. */
  #refusesSuperPackets = false;
  #batch: DatagramBatch | undefined;
  #arena = 0;

  constructor(libc: Libc, fd: number, peers: NativePeers, group: Endpoint, interfaceIndex: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#peers = peers;
    this.#group = group;
    this.#groupAddress = encodeSocketAddress(group, interfaceIndex);
    this.#messages = new KernelMemory(libc, MESSAGES_MAX * linux.MMSGHDR_SIZE);
    this.#vectors = new KernelMemory(libc, MESSAGES_MAX * linux.IOVEC_SIZE);
    this.#names = new KernelMemory(libc, MESSAGES_MAX * NAME_SIZE);
    this.#control = new KernelMemory(libc, MESSAGES_MAX * CONTROL_SIZE);
    for (let index = 0; index < MESSAGES_MAX; index++) {
      const message = index * linux.MMSGHDR_SIZE;
      this.#messages.setWord(message + linux.MSG_NAME, this.#names.address + index * NAME_SIZE);
      this.#messages.setWord(message + linux.MSG_IOV, this.#vectors.address + index * linux.IOVEC_SIZE);
      this.#messages.setWord(message + linux.MSG_IOVLEN, 1);
      this.#messages.setWord(message + linux.MSG_CONTROL, this.#control.address + index * CONTROL_SIZE);
      this.#control.setWord(index * CONTROL_SIZE, linux.CMSG_HEADER_SIZE + 2);
      this.#control.setInt32(index * CONTROL_SIZE + 8, linux.SOL_UDP);
      this.#control.setInt32(index * CONTROL_SIZE + 12, linux.UDP_SEGMENT);
    }
  }

  /** The interface was made anew, under another number. */
  setInterface(index: number): void {
    this.#groupAddress = encodeSocketAddress(this.#group, index);
  }

  setBurstMax(bytes: number): void {
    this.#burstMaxBytes = Math.min(bytes, SUPER_PACKET_SIZE_MAX_BYTES);
  }

  send(batch: DatagramBatch, first: number): number {
    if (batch !== this.#batch) {
      this.#batch = batch;
      this.#arena = this.#libc.addressOf(batch.bytes);
    }
    let next = first;
    while (next < batch.count) {
      const messages = this.#prepare(batch, next);
      if (messages === 0) return batch.count - first;
      const sent = this.#libc.sendmmsg(this.#fd, this.#messages.address, messages, linux.MSG_DONTWAIT);
      if (sent > 0) {
        this.trouble = undefined;
        next = this.#ends[sent - 1] ?? next;
        continue;
      }
      const errno = this.#libc.errno();
      if (errno === linux.EINTR) continue;
      if (errno === linux.EAGAIN || errno === linux.ENOBUFS) break;
      if (this.#isSuperPacket(0) && SUPER_PACKET_REFUSALS.has(errno)) {
        this.#refusesSuperPackets = true;
        continue;
      }
      // Datagrams before it that were to nobody are passed over as well.
      next = this.#ends[0] ?? next;
      this.#noteRefusal(errno, batch, next - 1);
    }
    return next - first;
  }

  /** Makes messages of the datagrams from `first` on; returns how many. */
  #prepare(batch: DatagramBatch, first: number): number {
    let count = 0;
    let next = first;
    while (next < batch.count && count < MESSAGES_MAX) {
      const peer = batch.peers[next] ?? 0;
      const name = peer === 0 ? this.#groupAddress : this.#peers.socketAddressOf(peer);
      const end = this.#endOfRun(batch, next);
      // A peer that is not known any more: to nobody, that is lost.
      if (name) this.#fill(count++, batch, next, end, name);
      next = end;
      if (count > 0) this.#ends[count - 1] = next;
    }
    return count;
  }

  #fill(index: number, batch: DatagramBatch, first: number, end: number, name: Uint8Array): void {
    const message = index * linux.MMSGHDR_SIZE;
    const start = batch.offsets[first] ?? 0;
    const last = end - 1;
    this.#names.bytes.set(name, index * NAME_SIZE);
    this.#messages.setInt32(message + linux.MSG_NAMELEN, name.length);
    this.#vectors.setWord(index * linux.IOVEC_SIZE, this.#arena + start);
    this.#vectors.setWord(
      index * linux.IOVEC_SIZE + 8,
      (batch.offsets[last] ?? 0) + (batch.lengths[last] ?? 0) - start,
    );
    // Without control data the kernel does not look at the pointer.
    this.#messages.setWord(message + linux.MSG_CONTROLLEN, end - first > 1 ? CONTROL_SIZE : 0);
    this.#control.view.setUint16(index * CONTROL_SIZE + linux.CMSG_HEADER_SIZE, batch.lengths[first] ?? 0, true);
  }

  /**
   * A run: to the group, back to back, equal lengths but for the last, which may be shorter. What goes to a peer goes by
   * itself: there is little of it, and an address that the kernel refuses must not look like a refused super-packet.
   */
  #endOfRun(batch: DatagramBatch, first: number): number {
    const { offsets, lengths, peers } = batch;
    const length = lengths[first] ?? 0;
    let end = first + 1;
    if (this.#refusesSuperPackets || peers[first] !== 0 || length === 0) return end;
    const endMax = Math.min(
      batch.count,
      first + SUPER_PACKET_SEGMENTS_MAX,
      first + Math.floor(this.#burstMaxBytes / length),
    );
    while (end < endMax && peers[end] === peers[first] && offsets[end] === (offsets[end - 1] ?? 0) + length) {
      const each = lengths[end] ?? 0;
      if (each === 0 || each > length) break;
      end++;
      if (each < length) break;
    }
    return end;
  }

  #isSuperPacket(index: number): boolean {
    return this.#messages.view.getUint32(index * linux.MMSGHDR_SIZE + linux.MSG_CONTROLLEN, true) !== 0;
  }

  #noteRefusal(errno: number, batch: DatagramBatch, index: number): void {
    const reason = linux.TRANSIENT_ERRORS.get(errno);
    // Anybody can make up the address of a peer: what the kernel says to it ends no session.
    if (reason === undefined && batch.peers[index] === 0) throw failureOf(errno, batch.lengths[index] ?? 0);
    this.trouble = reason ?? `a peer cannot be answered (errno ${errno})`;
  }
}

function failureOf(errno: number, length: number): TransportError {
  if (errno !== linux.EMSGSIZE) return new TransportError('socket_failed', `cannot send (errno ${errno})`);
  return new TransportError(
    'datagram_too_big',
    `the network takes no datagram of ${length} bytes: use a smaller symbol`,
  );
}
