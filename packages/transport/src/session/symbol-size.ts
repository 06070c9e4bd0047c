import type { SessionNetwork } from './session-config.ts';
import { isIPv6 } from 'node:net';
import {
  DATAGRAM_SIZE_MAX_IPV4_BYTES,
  DATAGRAM_SIZE_MAX_IPV6_BYTES,
  NORM_DATA_HEADERS_BYTES,
  NORM_HEADERS_SIZE_MAX_BYTES,
} from '../limits.ts';

/** The symbol size asked for, or the one that just fills a datagram on a network with the usual MTU of 1500. */
export function symbolSizeFor(config: { readonly network: SessionNetwork; readonly symbolSize?: number }): number {
  if (config.symbolSize !== undefined) return config.symbolSize;
  const isV6 = isIPv6(config.network.group.address);
  return (isV6 ? DATAGRAM_SIZE_MAX_IPV6_BYTES : DATAGRAM_SIZE_MAX_IPV4_BYTES) - NORM_DATA_HEADERS_BYTES;
}

/** Room for any datagram of a session with such symbols. */
export function datagramSizeMaxOf(symbolSize: number): number {
  return symbolSize + NORM_HEADERS_SIZE_MAX_BYTES;
}

/** What IP and UDP add to each datagram. */
export function headersOnWireBytes(isV6: boolean): number {
  return isV6 ? 48 : 28;
}
