import type { Socket } from 'node:dgram';
import type { DatagramBatch } from '@rollcall/norm';
import type { Endpoint } from './endpoint.ts';
import type { NetworkInterface } from './network-interface.ts';
import type { UdpSocket, UdpSocketCounts, UdpSocketOptions } from './udp-socket.ts';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  PORTABLE_QUEUE_DATAGRAMS_MAX,
  RECEIVE_BUFFER_BYTES,
  SEND_BATCH_DATAGRAMS,
  SEND_BUFFER_BYTES,
} from '../limits.ts';
import { TransportError } from '../transport-error.ts';
import { InterfaceWatch } from './interface-watch.ts';
import { resolveInterface } from './network-interface.ts';
import { PeerTable } from './peer-table.ts';
import { isIpv6 } from './endpoint.ts';

interface Arrived {
  readonly bytes: Uint8Array;
  readonly source: Endpoint;
}

/** What the network may answer at any moment and take back the next: the datagram counts as lost. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOMEM',
  'EACCES',
  'EINVAL',
  'ENODEV',
  'EADDRNOTAVAIL',
  'ENETDOWN',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);

/**
 * The socket of node:dgram, for every platform: one system call and one wake-up per datagram.
 *
 * What it cannot do: node:dgram tells neither the arrival interface nor the destination of a datagram. On Linux the
 * socket is bound to the group or to the broadcast address, and the kernel filters by destination; a directed broadcast
 * address names its network thereby, but the limited one (255.255.255.255) is taken from every interface. Elsewhere it is
 * bound to the wildcard, and what other groups on the same port carry is heard too: sessions tell senders apart. Nor
 * does it tell what the kernel dropped because the receive buffer was full.
 */
export class PortableUdpSocket implements UdpSocket {
  readonly implementation = 'portable';
  readonly warnings: readonly string[];
  readonly wakeDescriptor = undefined;
  readonly roomDatagrams = PORTABLE_QUEUE_DATAGRAMS_MAX;
  hasMore = false;
  readonly #options: UdpSocketOptions;
  readonly #watch: InterfaceWatch;
  readonly #sockets: readonly Socket[];
  readonly #group: Endpoint;
  readonly #peers = new PeerTable<string, Endpoint>();
  readonly #queue: Arrived[] = [];
  #sending = 0;
  #trouble: string | undefined;
  #renewalTrouble: string | undefined;
  #truncatedCount = 0;
  #failure: TransportError | undefined;
  #endWait: (() => void) | undefined;

  static async open(options: UdpSocketOptions, warnings: readonly string[] = []): Promise<PortableUdpSocket> {
    const via = resolveInterface(options.interface, isIpv6(options.group.address) ? 'IPv6' : 'IPv4');
    const main = options.role === 'sender' ? await openOwn(options, via) : await openGroup(options, via);
    const heard = options.role === 'sender' && options.hearGroup ? [await openGroup(options, via)] : [];
    return new PortableUdpSocket([main, ...heard], options, via, warnings);
  }

  private constructor(
    sockets: readonly Socket[],
    options: UdpSocketOptions,
    via: NetworkInterface,
    warnings: readonly string[],
  ) {
    this.warnings = warnings;
    this.#sockets = sockets;
    this.#options = options;
    this.#group = options.group;
    const hasMembership = options.mode === 'multicast' && (options.role === 'receiver' || sockets.length > 1);
    this.#watch = new InterfaceWatch(via, options.group, hasMembership);
    for (const socket of sockets) {
      socket.on('message', (bytes, { address, port }) => {
        this.#endWait?.();
        // A session that falls behind loses what comes last, as in the kernel's own buffer.
        if (this.#queue.length >= PORTABLE_QUEUE_DATAGRAMS_MAX) return;
        this.#queue.push({ bytes, source: { address, port } });
      });
      socket.on('error', (error) => this.#onError(error));
    }
  }

  get trouble(): string | undefined {
    return this.#watch.trouble ?? this.#renewalTrouble ?? this.#trouble;
  }

  get localPort(): number {
    return this.#sockets[0]?.address().port ?? 0;
  }

  receive(batch: DatagramBatch): number {
    if (this.#failure) throw this.#failure;
    const slotSize = Math.floor(batch.bytes.length / batch.offsets.length);
    batch.count = 0;
    for (const arrived of this.#queue.splice(0, batch.countMax)) {
      if (arrived.bytes.length > slotSize) {
        this.#truncatedCount++;
        continue;
      }
      const at = batch.count++;
      batch.bytes.set(arrived.bytes, at * slotSize);
      batch.offsets[at] = at * slotSize;
      batch.lengths[at] = arrived.bytes.length;
      const { source } = arrived;
      batch.peers[at] = this.#peers.handleOf(`${source.address} ${source.port}`, () => source);
    }
    this.hasMore = this.#queue.length > 0;
    return batch.count;
  }

  keepPeers(batch: DatagramBatch): void {
    this.#peers.keep(batch);
  }

  send(batch: DatagramBatch, first: number): number {
    let next = first;
    // Node copies nothing and queues without bound: so few are under way at once, and each has its own bytes.
    for (; next < batch.count && this.#sending < SEND_BATCH_DATAGRAMS; next++) {
      const peer = batch.peers[next] ?? 0;
      const target = peer === 0 ? this.#group : this.#peers.addressOf(peer);
      if (!target) continue;
      const start = batch.offsets[next] ?? 0;
      const bytes = batch.bytes.slice(start, start + (batch.lengths[next] ?? 0));
      this.#sending++;
      this.#hand(bytes, target, (error) => {
        this.#sending--;
        if (!error) this.#trouble = undefined;
        // Anybody can make up the address of a peer: what the system says to it ends no session.
        else if (peer > 0) this.#trouble = error.message;
        else this.#onError(error);
        this.#endWait?.();
      });
    }
    return next - first;
  }

  #hand(bytes: Uint8Array, target: Endpoint, onDone: (error: Error | null) => void): void {
    try {
      this.#sockets[0]?.send(bytes, target.port, target.address, onDone);
    } catch (error) {
      // Thrown at once, without the callback: Node refuses port 0, which a datagram may well have come from.
      onDone(asError(error));
    }
  }

  async wait(timeoutMicros: number, how?: { readonly forWrite?: boolean; readonly nap?: boolean }): Promise<void> {
    if (this.#queue.length > 0 && !how?.nap) {
      // Messages and callbacks of other sources get their turn even when datagrams never cease.
      await new Promise((resolve) => setImmediate(resolve));
      return;
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#endWait = undefined;
        resolve();
      };
      const timer = setTimeout(end, Math.ceil(timeoutMicros / 1000));
      if (!how?.nap) this.#endWait = end;
    });
  }

  /** Each datagram leaves by itself. */
  setBurstMax(): void {}

  checkInterface(): void {
    const via = this.#watch.check();
    if (via) this.#renewalTrouble = this.#renew(via);
  }

  #renew(via: NetworkInterface): string | undefined {
    try {
      this.#sockets.forEach((socket, index) => {
        chooseWayOut(socket, this.#options, via);
        if (this.#options.mode === 'broadcast' || (this.#options.role === 'sender' && index === 0)) return;
        leave(socket, this.#options, via);
        join(socket, this.#options, via);
      });
      return undefined;
    } catch (error) {
      this.#watch.expectReturn();
      return asError(error).message;
    }
  }

  counts(): UdpSocketCounts {
    return { overrunCount: undefined, truncatedCount: this.#truncatedCount, misdirectedCount: 0 };
  }

  address(peer: number): Endpoint | undefined {
    return this.#peers.addressOf(peer);
  }

  releaseDescriptors(): readonly number[] {
    return [];
  }

  close(): void {
    this.#endWait?.();
    for (const socket of this.#sockets) socket.close();
  }

  #onError(error: Error): void {
    const code = codeOf(error);
    if (TRANSIENT_CODES.has(code)) this.#trouble = error.message;
    else if (code === 'EMSGSIZE') {
      this.#failure = new TransportError(
        'datagram_too_big',
        'the network takes no such datagram: use a smaller symbol',
      );
    } else this.#failure = new TransportError('socket_failed', `the socket failed: ${error.message}`, { cause: error });
  }
}

async function openOwn(options: UdpSocketOptions, via: NetworkInterface): Promise<Socket> {
  const socket = createFor(options, false);
  await bind(socket, 0, via.address.startsWith('fe80') ? `${via.address}%${via.name}` : via.address);
  chooseWayOut(socket, options, via);
  return socket;
}

async function openGroup(options: UdpSocketOptions, via: NetworkInterface): Promise<Socket> {
  const socket = createFor(options, true);
  await bind(socket, options.group.port, process.platform === 'linux' ? groupToBind(options, via) : undefined);
  chooseWayOut(socket, options, via);
  if (options.mode === 'broadcast') return socket;
  try {
    join(socket, options, via);
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

function join(socket: Socket, { group, source }: UdpSocketOptions, via: NetworkInterface): void {
  const by = isIpv6(group.address) ? `::%${via.name}` : via.address;
  try {
    if (source === undefined) socket.addMembership(group.address, by);
    else socket.addSourceSpecificMembership(source, group.address, by);
  } catch (error) {
    const doing = `join ${group.address} on ${via.name}`;
    throw new TransportError('socket_failed', `cannot ${doing} (${codeOf(error)}). Check the group and the interface`, {
      cause: error,
    });
  }
}

/** Forgets a membership that the kernel has dropped, but the socket not: as long as it has one, it takes no other. */
function leave(socket: Socket, { group, source }: UdpSocketOptions, via: NetworkInterface): void {
  const by = isIpv6(group.address) ? `::%${via.name}` : via.address;
  try {
    if (source === undefined) socket.dropMembership(group.address, by);
    else socket.dropSourceSpecificMembership(source, group.address, by);
  } catch {
    // There is none when the interface was made anew.
  }
}

function groupToBind(options: UdpSocketOptions, via: NetworkInterface): string {
  const { address } = options.group;
  return isIpv6(address) ? `${address}%${via.name}` : address;
}

function createFor(options: UdpSocketOptions, isShared: boolean): Socket {
  return createSocket({
    type: isIpv6(options.group.address) ? 'udp6' : 'udp4',
    ipv6Only: isIpv6(options.group.address),
    reuseAddr: isShared,
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    sendBufferSize: SEND_BUFFER_BYTES,
  });
}

function chooseWayOut(socket: Socket, options: UdpSocketOptions, via: NetworkInterface): void {
  if (options.mode === 'broadcast') {
    socket.setBroadcast(true);
    return;
  }
  socket.setMulticastInterface(isIpv6(options.group.address) ? `::%${via.name}` : via.address);
  socket.setMulticastTTL(options.ttl ?? 1);
  socket.setMulticastLoopback(true);
}

async function bind(socket: Socket, port: number, address: string | undefined): Promise<void> {
  try {
    socket.bind(address === undefined ? { port } : { port, address });
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    const code = codeOf(error);
    if (code === 'EADDRINUSE') {
      throw new TransportError(
        'port_in_use',
        `UDP port ${port} is taken by a program that does not share it: choose another port for the group`,
      );
    }
    if (code === 'EACCES') {
      throw new TransportError('not_permitted', `not allowed to listen on port ${port}: choose one above 1023`);
    }
    throw new TransportError('socket_failed', `cannot listen on ${address ?? '*'}:${port} (${code})`, { cause: error });
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
