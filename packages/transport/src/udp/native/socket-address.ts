import { SocketAddress } from 'node:net';
import type { Endpoint } from '../endpoint.ts';
import { AF_INET, AF_INET6, SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE } from './linux.ts';
import { isIpv6 } from '../endpoint.ts';

/** struct sockaddr_in or sockaddr_in6. `scopeId` is the interface of a link-local IPv6 address. */
export function encodeSocketAddress(endpoint: Endpoint, scopeId = 0): Uint8Array {
  const address = endpoint.address.replace(/%.*/, '');
  if (!isIpv6(address)) {
    const bytes = new Uint8Array(SOCKADDR_IN_SIZE);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, AF_INET, true);
    view.setUint16(2, endpoint.port);
    bytes.set(address.split('.').map(Number), 4);
    return bytes;
  }
  const bytes = new Uint8Array(SOCKADDR_IN6_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET6, true);
  view.setUint16(2, endpoint.port);
  bytes.set(encodeIpv6(address), 8);
  view.setUint32(24, scopeId, true);
  return bytes;
}

export function decodeSocketAddress(bytes: Uint8Array): Endpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const port = view.getUint16(2);
  if (view.getUint16(0, true) === AF_INET) return { address: bytes.subarray(4, 8).join('.'), port };
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(8 + 2 * index).toString(16));
  const { address } = new SocketAddress({ address: groups.join(':'), family: 'ipv6' });
  return { address, port };
}

/** Eight groups of 16 bits; "::" stands for as many zeros as are missing, the last 32 bits may be written as IPv4. */
function encodeIpv6(address: string): Uint8Array {
  const ipv4 = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [high, low] = ipv4
    ? [Number(ipv4[1]) * 256 + Number(ipv4[2]), Number(ipv4[3]) * 256 + Number(ipv4[4])]
    : [0, 0];
  const text = ipv4 ? address.slice(0, ipv4.index) + `${high.toString(16)}:${low.toString(16)}` : address;
  const [head = '', tail] = text.split('::');
  const groupsOf = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  before.forEach((group, index) => view.setUint16(2 * index, group));
  after.forEach((group, index) => view.setUint16(16 - 2 * (after.length - index), group));
  return bytes;
}
