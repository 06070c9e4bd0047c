/** Where a probe goes out: as sessions do, on a port of its own behind theirs. */
import {
  datagramSizeFor,
  directedBroadcastAddress,
  mtuOf,
  resolveInterface,
  type SessionNetwork,
} from '@rollcall/transport';
import { limits, type ProbePath, type ServerNetwork, type UsedInterface } from '@rollcall/api';
import { isIPv4 } from 'node:net';
import type { MulticastConfig } from '../config.ts';
import { SESSIONS_CONCURRENT_MAX } from '../limits.ts';

export interface ProbeNetwork {
  readonly path: ProbePath;
  /** Undefined: the server cannot send on it, for this reason. */
  readonly network: SessionNetwork | undefined;
  readonly interface: UsedInterface | null;
  readonly error: string | null;
}

export function probeNetworks(config: MulticastConfig): ProbeNetwork[] {
  const interfaces = interfacesOf(config);
  return [
    ...interfaces.map((name) => networkFor(config, 'multicast', name)),
    // Devices are told one address, that of the first network, in sessions as well.
    networkFor(config, 'broadcast', interfaces[0]),
  ];
}

/** Bytes of the datagrams that take turns. The middle one passes everywhere, by IPv6's smallest MTU. */
export function probeSizes(networks: readonly SessionNetwork[]): number[] {
  const largest = Math.min(
    limits.PROBE_DATAGRAM_BYTES_MAX,
    ...networks.map((network) => datagramSizeFor({ network, isAuthenticated: true })),
  );
  return [...new Set([SMALL_BYTES, Math.min(MEDIUM_BYTES, largest), largest])];
}

export function describeNetwork(
  config: MulticastConfig,
  urls: { readonly url: string; readonly deviceUrl: string },
): ServerNetwork {
  const networks = probeNetworks(config);
  return {
    mode: config.mode,
    group: { address: config.multicastAddress, port: config.basePort },
    isSourceSpecific: config.isSourceSpecific,
    interfaces: networks.flatMap((each) => (each.path === 'multicast' && each.interface ? [each.interface] : [])),
    datagramBytes: Math.max(...probeSizes(networks.flatMap(({ network }) => (network ? [network] : [])))),
    url: urls.url,
    deviceUrl: urls.deviceUrl,
  };
}

function networkFor(config: MulticastConfig, path: ProbePath, name: string | undefined): ProbeNetwork {
  const port = Math.min(65535, config.basePort + SESSIONS_CONCURRENT_MAX);
  try {
    const address =
      path === 'multicast' ? config.multicastAddress : (config.broadcastAddress ?? directedBroadcastAddress(name));
    const family = isIPv4(address) ? 'IPv4' : 'IPv6';
    const via = resolveInterface(name, family);
    return {
      path,
      network: { mode: path, group: { address, port }, interface: via.name, ttl: config.ttl },
      interface: { name: via.name, address: via.address, mtu: mtuOf(via.name, family) ?? null },
      error: null,
    };
  } catch (error) {
    return { path, network: undefined, interface: null, error: error instanceof Error ? error.message : String(error) };
  }
}

function interfacesOf({ interfaces }: MulticastConfig): readonly (string | undefined)[] {
  return interfaces.length === 0 ? [undefined] : interfaces;
}

const SMALL_BYTES = 64;
const MEDIUM_BYTES = 1200;
