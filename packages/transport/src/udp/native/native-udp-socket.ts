import type { DatagramBatch } from '@rollcall/norm';
import type { Endpoint } from '../endpoint.ts';
import type { UdpSocket, UdpSocketCounts, UdpSocketOptions } from '../udp-socket.ts';
import type { NetworkInterface } from '../network-interface.ts';
import type { Libc } from './libc.ts';
import { TransportError } from '../../transport-error.ts';
import { InterfaceWatch } from '../interface-watch.ts';
import { resolveInterface } from '../network-interface.ts';
import { openGroupDescriptor, openSenderDescriptor, renewDescriptor } from './descriptor.ts';
import { KernelMemory } from './kernel-memory.ts';
import * as linux from './linux.ts';
import { MessageReceiver } from './message-receiver.ts';
import { MessageSender } from './message-sender.ts';
import { NativePeers } from './native-peers.ts';
import { isIpv6 } from '../endpoint.ts';

const WAKE_POLLFD = 0;
const SOCKET_POLLFD = 8;
const GROUP_POLLFD = 16;
const TIMEOUT = 24;
const WAKE_COUNTER = 40;

/**
 * The socket of Linux, by its own calls: many datagrams each, in memory that is allocated once. `wait` blocks the
 * thread, to the microsecond; so it belongs into a worker thread.
 */
export class NativeUdpSocket implements UdpSocket {
  readonly implementation = 'native';
  readonly localPort: number;
  readonly wakeDescriptor: number;
  readonly warnings: readonly string[];
  readonly roomDatagrams: number;
  hasMore = false;
  readonly #libc: Libc;
  readonly #options: UdpSocketOptions;
  readonly #watch: InterfaceWatch;
  #renewalTrouble: string | undefined;
  /** Of the sockets: the session's own, and for a sender that hears the group, that. */
  readonly #descriptors: readonly number[];
  #isReleased = false;
  readonly #receivers: readonly MessageReceiver[];
  readonly #sender: MessageSender;
  readonly #peers: NativePeers;
  readonly #poll: KernelMemory;

  constructor(libc: Libc, options: UdpSocketOptions) {
    this.#libc = libc;
    this.#options = options;
    const family = isIpv6(options.group.address) ? 'IPv6' : 'IPv4';
    const via = resolveInterface(options.interface, family);
    const main =
      options.role === 'sender' ? openSenderDescriptor(libc, options, via) : openGroupDescriptor(libc, options, via);
    this.localPort = main.port;
    this.warnings = main.warnings;
    this.roomDatagrams = main.roomDatagrams;
    const descriptors = [main.fd];
    this.#descriptors = descriptors;
    let wakeDescriptor = -1;
    try {
      if (options.role === 'sender' && options.hearGroup) descriptors.push(openGroupDescriptor(libc, options, via).fd);
      wakeDescriptor = libc.eventfd(0, linux.EFD_NONBLOCK + linux.SOCK_CLOEXEC);
      if (wakeDescriptor < 0) throw new TransportError('socket_failed', `no eventfd (errno ${libc.errno()})`);
    } catch (error) {
      for (const fd of descriptors) libc.close(fd);
      throw error;
    }
    this.wakeDescriptor = wakeDescriptor;
    this.#peers = new NativePeers();
    const hasMembership = options.mode === 'multicast' && (options.role === 'receiver' || descriptors.length > 1);
    this.#watch = new InterfaceWatch(via, options.group, hasMembership);
    const interfaceIndex = libc.interfaceIndex(via.name);
    const arrival = options.mode === 'broadcast' && { interfaceIndex, address: options.group.address };
    this.#receivers = this.#descriptors.map(
      (fd, index) =>
        new MessageReceiver(libc, fd, this.#peers, (this.#isGroupDescriptor(index) && arrival) || undefined),
    );
    this.#sender = new MessageSender(libc, main.fd, this.#peers, options.group, interfaceIndex);
    this.#poll = new KernelMemory(libc, 64);
    this.#poll.setInt32(WAKE_POLLFD, this.wakeDescriptor).setInt32(WAKE_POLLFD + 4, linux.POLLIN);
    this.#poll.setInt32(SOCKET_POLLFD, main.fd);
    this.#poll.setInt32(GROUP_POLLFD, descriptors[1] ?? -1).setInt32(GROUP_POLLFD + 4, linux.POLLIN);
  }

  get trouble(): string | undefined {
    return this.#watch.trouble ?? this.#renewalTrouble ?? this.#sender.trouble;
  }

  receive(batch: DatagramBatch): number {
    batch.count = 0;
    this.hasMore = false;
    let slot = 0;
    for (const receiver of this.#receivers) {
      slot = receiver.receive(batch, slot);
      if (receiver.hasMore) this.hasMore = true;
    }
    return batch.count;
  }

  keepPeers(batch: DatagramBatch): void {
    this.#peers.keep(batch);
  }

  send(batch: DatagramBatch, first: number): number {
    return this.#sender.send(batch, first);
  }

  wait(timeoutMicros: number, how?: { readonly forWrite?: boolean; readonly nap?: boolean }): void {
    const poll = this.#poll;
    // events and revents share the second word: setting one clears the other.
    poll.setInt32(SOCKET_POLLFD + 4, how?.forWrite ? linux.POLLIN + linux.POLLOUT : linux.POLLIN);
    poll.setInt32(WAKE_POLLFD + 4, linux.POLLIN);
    const seconds = Math.floor(timeoutMicros / 1_000_000);
    poll.setWord(TIMEOUT, seconds);
    poll.setWord(TIMEOUT + 8, Math.round((timeoutMicros - seconds * 1_000_000) * 1000));
    const ready = this.#libc.ppoll(poll.address, how?.nap ? 1 : 3, poll.address + TIMEOUT, 0);
    if (ready > 0 && poll.view.getInt16(WAKE_POLLFD + 6, true) !== 0) {
      this.#libc.read(this.wakeDescriptor, poll.address + WAKE_COUNTER, 8);
    }
  }

  setBurstMax(bytes: number): void {
    this.#sender.setBurstMax(bytes);
  }

  checkInterface(): void {
    const via = this.#watch.check();
    if (via) this.#renewalTrouble = this.#renew(via);
  }

  #renew(via: NetworkInterface): string | undefined {
    try {
      this.#descriptors.forEach((fd, index) =>
        renewDescriptor(this.#libc, fd, this.#options, via, this.#isGroupDescriptor(index)),
      );
    } catch (error) {
      this.#watch.expectReturn();
      return error instanceof Error ? error.message : String(error);
    }
    const interfaceIndex = this.#libc.interfaceIndex(via.name);
    for (const receiver of this.#receivers) receiver.setInterface(interfaceIndex);
    this.#sender.setInterface(interfaceIndex);
    return undefined;
  }

  counts(): UdpSocketCounts {
    let overrunCount: number | undefined = 0;
    let truncatedCount = 0;
    let misdirectedCount = 0;
    for (const receiver of this.#receivers) {
      const overruns = receiver.overrunCount();
      overrunCount = overruns === undefined ? undefined : (overrunCount ?? 0) + overruns;
      truncatedCount += receiver.truncatedCount;
      misdirectedCount += receiver.misdirectedCount;
    }
    return { overrunCount, truncatedCount, misdirectedCount };
  }

  address(peer: number): Endpoint | undefined {
    return this.#peers.endpointOf(peer);
  }

  releaseDescriptors(): readonly number[] {
    this.#isReleased = true;
    return [...this.#descriptors, this.wakeDescriptor];
  }

  close(): void {
    if (this.#isReleased) return;
    for (const fd of this.releaseDescriptors()) this.#libc.close(fd);
  }

  #isGroupDescriptor(index: number): boolean {
    return this.#options.role === 'receiver' || index === 1;
  }
}
