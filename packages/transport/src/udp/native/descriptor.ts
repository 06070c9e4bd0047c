import type { NetworkInterface } from '../network-interface.ts';
import type { UdpSocketOptions } from '../udp-socket.ts';
import type { Libc } from './libc.ts';
import { RECEIVE_BUFFER_BYTES, RECEIVE_BUFFER_PRIVILEGED_BYTES, SEND_BUFFER_BYTES } from '../../limits.ts';
import { TransportError } from '../../transport-error.ts';
import { formatEndpoint, isIpv6 } from '../endpoint.ts';
import { KernelMemory } from './kernel-memory.ts';
import * as linux from './linux.ts';
import { encodeSocketAddress } from './socket-address.ts';

interface Opened {
  readonly fd: number;
  readonly port: number;
  readonly warnings: readonly string[];
  readonly roomDatagrams: number;
}

/** A datagram socket bound to the session's group (or broadcast address), as a member of it. */
export function openGroupDescriptor(libc: Libc, options: UdpSocketOptions, via: NetworkInterface): Opened {
  return open(libc, options, via, (socket) => {
    socket.setOption(linux.SOL_SOCKET, linux.SO_REUSEADDR, 1);
    if (options.mode === 'broadcast') {
      // Bound to the wildcard: the arrival interface and the destination come with each datagram, and are checked.
      socket.setOption(linux.IPPROTO_IP, linux.IP_PKTINFO, 1);
      socket.bind({ address: '0.0.0.0', port: options.group.port });
      return;
    }
    socket.bind(options.group);
    socket.join();
  });
}

/** A datagram socket on a port of its own, by which a sender sends and hears feedback. */
export function openSenderDescriptor(libc: Libc, options: UdpSocketOptions, via: NetworkInterface): Opened {
  return open(libc, options, via, (socket) => socket.bind({ address: via.address, port: 0 }));
}

/** Joins the group again, and sends by the interface again, after it went away and came back. */
export function renewDescriptor(
  libc: Libc,
  fd: number,
  options: UdpSocketOptions,
  via: NetworkInterface,
  isGroupDescriptor: boolean,
): void {
  const socket = new Setup(libc, fd, options, via);
  socket.chooseWayOut();
  if (!isGroupDescriptor || options.mode === 'broadcast') return;
  socket.leave();
  socket.join();
}

function open(libc: Libc, options: UdpSocketOptions, via: NetworkInterface, place: (socket: Setup) => void): Opened {
  const family = isIpv6(options.group.address) ? linux.AF_INET6 : linux.AF_INET;
  const fd = libc.socket(family, linux.SOCK_DGRAM + linux.SOCK_CLOEXEC, 0);
  if (fd < 0) throw new TransportError('socket_failed', `no socket to be had (errno ${libc.errno()})`);
  try {
    const socket = new Setup(libc, fd, options, via);
    socket.sizeBuffers();
    socket.chooseWayOut();
    place(socket);
    return { fd, port: socket.localPort(), warnings: socket.warnings, roomDatagrams: socket.roomDatagrams };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

class Setup {
  readonly warnings: string[] = [];
  roomDatagrams = 0;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #options: UdpSocketOptions;
  readonly #via: NetworkInterface;
  readonly #isIpv6: boolean;
  readonly #memory: KernelMemory;
  readonly #interfaceIndex: number;

  constructor(libc: Libc, fd: number, options: UdpSocketOptions, via: NetworkInterface) {
    this.#libc = libc;
    this.#fd = fd;
    this.#options = options;
    this.#via = via;
    this.#isIpv6 = isIpv6(options.group.address);
    this.#memory = new KernelMemory(libc, 512);
    this.#interfaceIndex = libc.interfaceIndex(via.name);
  }

  setOption(level: number, option: number, value: number): void {
    this.#memory.setInt32(0, value);
    this.#set(level, option, 4, `set option ${option}`);
  }

  sizeBuffers(): void {
    const { SOL_SOCKET, SO_RCVBUFFORCE, SO_RCVBUF, SO_SNDBUF } = linux;
    this.#memory.setInt32(0, RECEIVE_BUFFER_PRIVILEGED_BYTES);
    const forced = this.#libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, this.#memory.address, 4) === 0;
    if (!forced) this.setOption(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    this.setOption(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
    this.#memory.setInt32(0, 0).setInt32(4, 4);
    this.#libc.getsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, this.#memory.address, this.#memory.address + 4);
    const room = this.#memory.view.getInt32(0, true);
    this.roomDatagrams = Math.floor(room / linux.SKB_TRUE_SIZE);
    // The kernel counts twice what was asked, for its own bookkeeping.
    const granted = room / 2;
    if (granted < RECEIVE_BUFFER_BYTES) {
      this.warnings.push(
        `the receive buffer is ${Math.floor(granted / 1024)} KiB instead of ${RECEIVE_BUFFER_BYTES / 1024}: ` +
          `raise net.core.rmem_max to ${RECEIVE_BUFFER_BYTES}, or bursts will be lost`,
      );
    }
  }

  /** By which interface and how far the datagrams go. */
  chooseWayOut(): void {
    const ttl = this.#options.ttl ?? 1;
    if (this.#isIpv6) {
      this.setOption(linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, 1);
      this.setOption(linux.IPPROTO_IPV6, linux.IPV6_MULTICAST_IF, this.#interfaceIndex);
      this.setOption(linux.IPPROTO_IPV6, linux.IPV6_MULTICAST_HOPS, ttl);
      this.setOption(linux.IPPROTO_IPV6, linux.IPV6_MULTICAST_LOOP, 1);
      this.#hearOnlyOwnGroups();
      return;
    }
    // struct ip_mreqn: group, address, interface.
    this.#memory.bytes.fill(0, 0, 12);
    this.#memory.setInt32(8, this.#interfaceIndex);
    this.#set(linux.IPPROTO_IP, linux.IP_MULTICAST_IF, 12, `send by ${this.#via.name}`);
    this.setOption(linux.IPPROTO_IP, linux.IP_MULTICAST_TTL, ttl);
    this.setOption(linux.IPPROTO_IP, linux.IP_MULTICAST_LOOP, 1);
    this.setOption(linux.IPPROTO_IP, linux.IP_MULTICAST_ALL, 0);
    // Without "don't fragment". No router may answer a multicast that is too long for its next link (RFC 1122, 3.2.2): it
    // would drop it in silence. So it cuts it into fragments.
    this.setOption(linux.IPPROTO_IP, linux.IP_MTU_DISCOVER, linux.IP_PMTUDISC_DONT);
    if (this.#options.mode === 'broadcast') this.setOption(linux.SOL_SOCKET, linux.SO_BROADCAST, 1);
  }

  /** Linux before 4.20 has no such option: groups of other programs on the same port are heard, and told apart later. */
  #hearOnlyOwnGroups(): void {
    this.#memory.setInt32(0, 0);
    const { IPPROTO_IPV6, IPV6_MULTICAST_ALL } = linux;
    if (this.#libc.setsockopt(this.#fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, this.#memory.address, 4) === 0) return;
    if (this.#libc.errno() !== linux.ENOPROTOOPT) this.setOption(IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
  }

  bind(endpoint: { readonly address: string; readonly port: number }): void {
    const address = encodeSocketAddress(endpoint, this.#interfaceIndex);
    this.#memory.bytes.set(address);
    if (this.#libc.bind(this.#fd, this.#memory.address, address.length) === 0) return;
    const errno = this.#libc.errno();
    const where = formatEndpoint(endpoint);
    if (errno === linux.EADDRINUSE) {
      throw new TransportError(
        'port_in_use',
        `UDP port ${endpoint.port} is taken by a program that does not share it: choose another port for the group`,
      );
    }
    if (errno === linux.EACCES) {
      throw new TransportError('not_permitted', `not allowed to listen on ${where}: choose a port above 1023`);
    }
    throw new TransportError('socket_failed', `cannot listen on ${where} (errno ${errno})`);
  }

  /** Forgets a membership that the kernel has dropped, but the socket not: as long as it has one, it takes no other. */
  leave(): void {
    this.#memory.bytes.fill(0);
    this.#memory.setInt32(0, this.#interfaceIndex);
    this.#memory.bytes.set(encodeSocketAddress(this.#options.group), 8);
    const level = this.#isIpv6 ? linux.IPPROTO_IPV6 : linux.IPPROTO_IP;
    // There is none when the interface was made anew, under another number.
    this.#libc.setsockopt(this.#fd, level, linux.MCAST_LEAVE_GROUP, this.#memory.address, 136);
  }

  /** struct group_req, or group_source_req: interface, group, source; addresses in 128 bytes each. */
  join(): void {
    const { group, source } = this.#options;
    const level = this.#isIpv6 ? linux.IPPROTO_IPV6 : linux.IPPROTO_IP;
    this.#memory.bytes.fill(0);
    this.#memory.setInt32(0, this.#interfaceIndex);
    this.#memory.bytes.set(encodeSocketAddress(group), 8);
    const doing = `join ${group.address} on ${this.#via.name}`;
    if (source === undefined) {
      this.#set(level, linux.MCAST_JOIN_GROUP, 136, doing);
      return;
    }
    this.#memory.bytes.set(encodeSocketAddress({ address: source, port: 0 }, this.#interfaceIndex), 136);
    this.#set(level, linux.MCAST_JOIN_SOURCE_GROUP, 264, `${doing} from ${source}`);
  }

  localPort(): number {
    this.#memory.setInt32(0, 128);
    this.#libc.getsockname(this.#fd, this.#memory.address + 8, this.#memory.address);
    return this.#memory.view.getUint16(10);
  }

  #set(level: number, option: number, size: number, doing: string): void {
    if (this.#libc.setsockopt(this.#fd, level, option, this.#memory.address, size) === 0) return;
    const errno = this.#libc.errno();
    const reason = linux.NETWORK_ERRORS.get(errno) ?? `errno ${errno}`;
    throw new TransportError('socket_failed', `cannot ${doing}: ${reason}. Check the group and the interface`);
  }
}
