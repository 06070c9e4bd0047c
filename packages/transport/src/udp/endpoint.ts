import { isIPv6 } from 'node:net';

/** An address and a port. IPv6 addresses are without brackets; a zone ("%eth0") is taken by the interface option. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export function formatEndpoint(endpoint: Endpoint): string {
  return isIPv6(endpoint.address) ? `[${endpoint.address}]:${endpoint.port}` : `${endpoint.address}:${endpoint.port}`;
}

export function isMulticastAddress(address: string): boolean {
  if (isIPv6(address)) return /^ff/i.test(address);
  const first = Number.parseInt(address, 10);
  return first >= 224 && first <= 239;
}

/** RFC 4607: 232/8 and ff3x::/32 are source-specific; a host takes them only from a named source. */
export function isSourceSpecificAddress(address: string): boolean {
  return isIPv6(address) ? /^ff3/i.test(address) : address.startsWith('232.');
}
