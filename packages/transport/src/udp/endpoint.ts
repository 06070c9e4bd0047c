/** An address and a port. IPv6 addresses are without brackets; a zone ("%eth0") is taken by the interface option. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * Which family an address that is one belongs to. node:net's own test compiles an expression of some thousand characters
 * first, which takes longer than to open a socket.
 */
export function isIpv6(address: string): boolean {
  return address.includes(':');
}

export function formatEndpoint(endpoint: Endpoint): string {
  return isIpv6(endpoint.address) ? `[${endpoint.address}]:${endpoint.port}` : `${endpoint.address}:${endpoint.port}`;
}

export function isMulticastAddress(address: string): boolean {
  if (isIpv6(address)) return /^ff[\da-f]{2}:[\da-f:.]+$/i.test(address);
  const first = /^(\d{1,3})(?:\.\d{1,3}){3}$/.exec(address)?.[1];
  return Number(first) >= 224 && Number(first) <= 239;
}

/** RFC 4607: 232/8 and ff3x::/32 are source-specific; a host takes them only from a named source. */
export function isSourceSpecificAddress(address: string): boolean {
  return isIpv6(address) ? /^ff3/i.test(address) : address.startsWith('232.');
}
