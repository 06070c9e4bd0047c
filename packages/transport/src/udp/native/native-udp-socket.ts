import type { DatagramBatch } from '@rollcall/norm';
import type { Endpoint } from '../endpoint.ts';
import type { UdpSocket, UdpSocketOptions } from '../udp-socket.ts';
import type { Libc } from './libc.ts';
import { isIPv6 } from 'node:net';
import { TransportError } from '../../transport-error.ts';
import { resolveInterface } from '../network-interface.ts';
import { openGroupDescriptor, openSenderDescriptor } from './descriptor.ts';
import { KernelMemory } from './kernel-memory.ts';
import * as linux from './linux.ts';
import { MessageReceiver } from './message-receiver.ts';
import { MessageSender } from './message-sender.ts';
import { NativePeers } from './native-peers.ts';

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
  readonly #libc: Libc;
  readonly #descriptors: readonly number[];
  readonly #receivers: readonly MessageReceiver[];
  readonly #sender: MessageSender;
  readonly #peers: NativePeers;
  readonly #poll: KernelMemory;

  constructor(libc: Libc, options: UdpSocketOptions) {
    this.#libc = libc;
    const family = isIPv6(options.group.address) ? 'IPv6' : 'IPv4';
    const via = resolveInterface(options.interface, family);
    const main =
      options.role === 'sender' ? openSenderDescriptor(libc, options, via) : openGroupDescriptor(libc, options, via);
    this.localPort = main.port;
    this.warnings = main.warnings;
    const descriptors = [main.fd];
    this.#descriptors = descriptors;
    try {
      if (options.role === 'sender' && options.hearGroup) descriptors.push(openGroupDescriptor(libc, options, via).fd);
      this.wakeDescriptor = libc.eventfd(0, linux.EFD_NONBLOCK + linux.SOCK_CLOEXEC);
      if (this.wakeDescriptor < 0) throw new TransportError('socket_failed', `no eventfd (errno ${libc.errno()})`);
    } catch (error) {
      this.close();
      throw error;
    }
    this.#peers = new NativePeers();
    const interfaceIndex = libc.interfaceIndex(via.name);
    const arrival = options.mode === 'broadcast' && { interfaceIndex, address: options.group.address };
    const isGroupDescriptor = (index: number): boolean => options.role === 'receiver' || index === 1;
    this.#receivers = this.#descriptors.map(
      (fd, index) => new MessageReceiver(libc, fd, this.#peers, (isGroupDescriptor(index) && arrival) || undefined),
    );
    this.#sender = new MessageSender(libc, main.fd, this.#peers, options.group, interfaceIndex);
    this.#poll = new KernelMemory(libc, 64);
    this.#poll.setInt32(WAKE_POLLFD, this.wakeDescriptor).setInt32(WAKE_POLLFD + 4, linux.POLLIN);
    this.#poll.setInt32(SOCKET_POLLFD, main.fd);
    this.#poll.setInt32(GROUP_POLLFD, descriptors[1] ?? -1).setInt32(GROUP_POLLFD + 4, linux.POLLIN);
  }

  get trouble(): string | undefined {
    return this.#sender.trouble;
  }

  receive(batch: DatagramBatch): number {
    batch.count = 0;
    let slot = 0;
    for (const receiver of this.#receivers) slot = receiver.receive(batch, slot);
    return batch.count;
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

  address(peer: number): Endpoint | undefined {
    return this.#peers.endpointOf(peer);
  }

  /** The wake descriptor stays open: whoever may still write to it closes it, after this thread has ended. */
  close(): void {
    for (const fd of this.#descriptors) this.#libc.close(fd);
  }
}
