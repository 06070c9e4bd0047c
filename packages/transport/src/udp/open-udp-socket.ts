import type { UdpSocket, UdpSocketOptions } from './udp-socket.ts';
import { TransportError } from '../transport-error.ts';
import { isIpv6, isMulticastAddress, isSourceSpecificAddress } from './endpoint.ts';
import { loadLibc } from './native/libc.ts';
import { NativeUdpSocket } from './native/native-udp-socket.ts';

const NO_BATCHES =
  process.platform === 'linux'
    ? 'the package koffi does not work here: packets are sent and received one by one, which takes several times as much ' +
      'of the processor, and what is lost in this machine is not counted'
    : 'this system takes packets one by one: that takes several times as much of the processor as on Linux, and what is ' +
      'lost in this machine is not counted';

/** The best socket that this machine has for a session. */
export async function openUdpSocket(
  options: UdpSocketOptions & { readonly implementation?: 'native' | 'portable' | undefined },
): Promise<UdpSocket> {
  checkGroup(options);
  if (options.implementation === 'portable') return openPortable(options, []);
  const libc = loadLibc();
  if (libc) return new NativeUdpSocket(libc, options);
  if (options.implementation === 'native') {
    throw new TransportError('socket_failed', 'the native socket needs Linux on x64 or arm64 and the package koffi');
  }
  return openPortable(options, [NO_BATCHES]);
}

/** Loaded only where it is used: node:dgram alone takes as long as to open a socket. */
async function openPortable(options: UdpSocketOptions, warnings: readonly string[]): Promise<UdpSocket> {
  const { PortableUdpSocket } = await import('./portable-udp-socket.ts');
  return PortableUdpSocket.open(options, warnings);
}

function checkGroup(options: UdpSocketOptions): void {
  const { group, mode, source } = options;
  if (mode === 'broadcast') {
    if (isIpv6(group.address))
      throw new TransportError('group_invalid', 'IPv6 has no broadcast: use a multicast group');
    if (isMulticastAddress(group.address)) {
      throw new TransportError('group_invalid', `${group.address} is a multicast group: leave out --mode broadcast`);
    }
    return;
  }
  if (!isMulticastAddress(group.address)) {
    throw new TransportError(
      'group_invalid',
      `${group.address} is not a multicast group: use 224.0.0.0 to 239.255.255.255, ff00::/8, or --mode broadcast`,
    );
  }
  if (options.role === 'receiver' && source === undefined && isSourceSpecificAddress(group.address)) {
    throw new TransportError('group_invalid', `${group.address} is source-specific: name the sender's address as well`);
  }
}
