import { readFileSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { TransportError } from '../transport-error.ts';

/** One interface with the address by which a session uses it. */
export interface NetworkInterface {
  readonly name: string;
  readonly address: string;
  /** What tells link-local IPv6 interfaces apart; 0 for IPv4. */
  readonly scopeId: number;
  /** Directed broadcast address; IPv4 only. */
  readonly broadcastAddress: string | undefined;
  readonly isLoopback: boolean;
}

type Family = 'IPv4' | 'IPv6';

/**
 * The interface that a name or an address means. Without one: that of the default route, else the first that is not
 * loopback, else loopback; so that a machine with one cable needs no flag.
 */
export function resolveInterface(nameOrAddress: string | undefined, family: Family): NetworkInterface {
  const candidates = listInterfaces(family);
  if (nameOrAddress === undefined) {
    const route = defaultRouteInterface();
    const chosen =
      candidates.find((candidate) => candidate.name === route) ??
      candidates.find((candidate) => !candidate.isLoopback) ??
      candidates[0];
    if (chosen) return chosen;
    throw new TransportError('interface_unknown', `no interface with an ${family} address is up: connect the network`);
  }
  const byName = candidates.find((each) => each.name === nameOrAddress);
  if (byName) return byName;
  const byAddress = isIPv4(nameOrAddress) || isIPv6(nameOrAddress);
  const chosen = candidates.find((each) => each.address === nameOrAddress);
  if (chosen) return chosen;
  // An IPv4 address may name the interface of an IPv6 group, and the other way round.
  const sameName = byAddress && listInterfaces(isIPv4(nameOrAddress) ? 'IPv4' : 'IPv6');
  const name = sameName && sameName.find((each) => each.address === nameOrAddress)?.name;
  const other = candidates.find((each) => each.name === name);
  if (other) return other;
  const known = candidates.map((each) => `${each.name} (${each.address})`).join(', ') || 'none';
  throw new TransportError(
    'interface_unknown',
    `no interface "${nameOrAddress}" with an ${family} address is up. There are: ${known}`,
  );
}

/** The interface of this name while it is up, by the same address as before if it still has that. */
export function findInterface(name: string, address: string, family: Family): NetworkInterface | undefined {
  const candidates = listInterfaces(family).filter((candidate) => candidate.name === name);
  return candidates.find((candidate) => candidate.address === address) ?? candidates[0];
}

/** The longest IP packet that the interface takes; undefined where the system does not tell. */
export function mtuOf(nameOrAddress: string | undefined, family: Family): number | undefined {
  try {
    const { name } = resolveInterface(nameOrAddress, family);
    return Number.parseInt(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** The address that reaches every host of the interface's network. */
export function directedBroadcastAddress(nameOrAddress: string | undefined): string {
  const chosen = resolveInterface(nameOrAddress, 'IPv4');
  if (chosen.broadcastAddress !== undefined) return chosen.broadcastAddress;
  throw new TransportError(
    'group_invalid',
    `interface ${chosen.name} has no broadcast address: name one with the group`,
  );
}

function listInterfaces(family: Family): NetworkInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter((each) => each.family === family)
      // IPv6: a link-local address comes last, it cannot be answered from beyond the link.
      .sort((left, right) => (left.scopeid ?? 0) - (right.scopeid ?? 0))
      .map((each) => ({
        name,
        address: each.address,
        scopeId: each.scopeid ?? 0,
        broadcastAddress: family === 'IPv4' ? broadcastOf(each.address, each.netmask) : undefined,
        isLoopback: each.internal,
      })),
  );
}

function broadcastOf(address: string, netmask: string): string | undefined {
  const host = address.split('.').map(Number);
  const mask = netmask.split('.').map(Number);
  if (netmask === '255.255.255.255') return undefined;
  return host.map((octet, index) => octet | (~(mask[index] ?? 0) & 255)).join('.');
}

function defaultRouteInterface(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const routes = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1);
    return routes.map((line) => line.split('\t')).find((fields) => fields[1] === '00000000')?.[0];
  } catch {
    return undefined;
  }
}
