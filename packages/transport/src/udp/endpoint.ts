import { isIPv4, isIPv6 } from 'node:net';
import { TransportError } from '../transport-error.ts';

/** An address and a port. IPv6 addresses are without brackets; a zone ("%eth0") is taken by the interface option. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Reads "239.255.0.1:6003" or "[ff15::1]:6003". */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if ((!isIPv4(address) && !isIPv6(address)) || !(port >= 1 && port <= 65_535)) {
    throw new TransportError(
      'group_invalid',
      `"${text}" is not a group: write ADDRESS:PORT, for example 239.255.0.1:6003 or [ff15::1]:6003`,
    );
  }
  return { address, port };
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
