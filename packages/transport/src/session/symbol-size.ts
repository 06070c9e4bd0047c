import type { SessionNetwork } from './session-config.ts';
import {
  MTU_MAX_BYTES,
  NORM_AUTHENTICATION_BYTES,
  NORM_DATA_HEADERS_BYTES,
  NORM_HEADERS_SIZE_MAX_BYTES,
} from '../limits.ts';
import { isIpv6 } from '../udp/endpoint.ts';
import { mtuOf } from '../udp/network-interface.ts';

/**
 * The symbol size asked for, or the one that just fills a datagram on the session's interface. Of a jumbo frame no use
 * is made unless it is asked for: not every receiver's network may take it.
 */
export function symbolSizeFor(config: {
  readonly network: SessionNetwork;
  readonly symbolSize?: number;
  readonly isAuthenticated: boolean;
}): number {
  if (config.symbolSize !== undefined) return config.symbolSize;
  const { network, isAuthenticated } = config;
  const isV6 = isIpv6(network.group.address);
  const mtu = Math.min(MTU_MAX_BYTES, mtuOf(network.interface, isV6 ? 'IPv6' : 'IPv4') ?? MTU_MAX_BYTES);
  return mtu - headersOnWireBytes(isV6) - dataHeadersBytes(isAuthenticated);
}

/** Bytes of a DATA message with such a symbol: the longest datagram of a session, without the headers of IP and UDP. */
export function datagramSizeFor(config: Parameters<typeof symbolSizeFor>[0]): number {
  return symbolSizeFor(config) + dataHeadersBytes(config.isAuthenticated);
}

/** What NORM puts before the symbol in a DATA message. */
export function dataHeadersBytes(isAuthenticated: boolean): number {
  return NORM_DATA_HEADERS_BYTES + (isAuthenticated ? NORM_AUTHENTICATION_BYTES : 0);
}

/** Room for any datagram of a session with such symbols. */
export function datagramSizeMaxOf(symbolSize: number): number {
  return symbolSize + NORM_HEADERS_SIZE_MAX_BYTES;
}

/** What IP and UDP add to each datagram. */
export function headersOnWireBytes(isV6: boolean): number {
  return isV6 ? 48 : 28;
}
