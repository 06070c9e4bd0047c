import type { Endpoint } from './endpoint.ts';
import type { NetworkInterface } from './network-interface.ts';
import { readFileSync } from 'node:fs';
import { findInterface } from './network-interface.ts';
import { isIpv6 } from './endpoint.ts';

/**
 * Notices that an interface went away and came back. The kernel drops a membership silently with the interface's last
 * address or with the interface itself, and renews it with neither; the socket goes on to believe in it.
 */
export class InterfaceWatch {
  /** Why nothing can come or go at the moment. */
  trouble: string | undefined;
  readonly #group: Endpoint;
  readonly #hasMembership: boolean;
  #via: NetworkInterface;
  #isGone = false;

  constructor(via: NetworkInterface, group: Endpoint, hasMembership: boolean) {
    this.#via = via;
    this.#group = group;
    this.#hasMembership = hasMembership;
  }

  /** What was to be renewed was not: the next check says it again. */
  expectReturn(): void {
    this.#isGone = true;
  }

  /** Returns the interface when the session has to join, and to choose its way out, again. */
  check(): NetworkInterface | undefined {
    const { name, address } = this.#via;
    const found = findInterface(name, address, isIpv6(this.#group.address) ? 'IPv6' : 'IPv4');
    if (!found) {
      this.#isGone = true;
      this.trouble = `the interface ${name} is down, or has no address`;
      return undefined;
    }
    const isLost = this.#isGone || (this.#hasMembership && isMember(name, this.#group.address) === false);
    this.#isGone = false;
    this.trouble = undefined;
    this.#via = found;
    return isLost ? found : undefined;
  }
}

/** Whether this host has joined the group on the interface; undefined where the system does not tell. */
function isMember(interfaceName: string, group: string): boolean | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return isIpv6(group)
      ? undefined
      : joinedIpv4Groups(readFileSync('/proc/net/igmp', 'utf8'), interfaceName).includes(group);
  } catch {
    return undefined;
  }
}

/**
 * The groups of one interface in /proc/net/igmp: a line for each interface, below it one for each of its groups, whose
 * first column is the address as a hexadecimal number of this machine's byte order.
 */
export function joinedIpv4Groups(table: string, interfaceName: string): string[] {
  const groups: string[] = [];
  let isWanted = false;
  for (const line of table.split('\n').slice(1)) {
    const name = /^\d+\s+(\S+)/.exec(line)?.[1];
    if (name !== undefined) isWanted = name === interfaceName;
    const group = /^\s+([0-9A-F]{8})\s/.exec(line)?.[1];
    if (isWanted && group !== undefined) groups.push([...Buffer.from(group, 'hex')].toReversed().join('.'));
  }
  return groups;
}
