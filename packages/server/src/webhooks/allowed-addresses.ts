/**
 * Where webhooks may go. The server speaks to whatever address it is given, from inside of its network: so it does not
 * speak to itself, to its neighbours, or to what a cloud gives its machines (their secrets, for who asks), unless whoever
 * runs it has named these addresses. Asked of each address that is connected to, after the name was looked up.
 */
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

export class AllowedAddresses {
  readonly #named: BlockList;
  readonly #own: () => readonly string[];

  /**
   * @param named addresses and networks that are allowed all the same: `10.1.2.3`, `10.0.0.0/8`, `::1`
   * @param own those of this machine, asked each time: they come and go, and mostly one is public
   */
  constructor(named: readonly string[], own: () => readonly string[] = addressesOfInterfaces) {
    this.#named = listOf(...named);
    this.#own = own;
  }

  /** Without TLS everybody on the way reads what is told: that is for networks that were named. */
  allows(address: string, protocol: string): boolean {
    const family = familyOf(address);
    if (family === undefined) return false;
    if (this.#named.check(address, family)) return true;
    return protocol === 'https:' && isPublic(address, family) && !listOf(...this.#own()).check(address, family);
  }
}

/** Whether it is an address or a network, as options name them. */
export function isRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = familyOf(address);
  if (family === undefined || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 'ipv4' ? 32 : 128));
}

function isPublic(address: string, family: 'ipv4' | 'ipv6'): boolean {
  if (family === 'ipv6' && !GLOBAL_UNICAST.check(address, family)) return false;
  return !SPECIAL.check(address, family);
}

/** Undefined: it is none, or of one interface of this machine only (`fe80::1%eth0`). */
function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (address.includes('%')) return undefined;
  return ([undefined, undefined, undefined, undefined, 'ipv4', undefined, 'ipv6'] as const)[isIP(address)];
}

function addressesOfInterfaces(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}

function add(list: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/');
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(address, Number(prefix ?? (family === 'ipv4' ? 32 : 128)), family);
}

function listOf(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) add(list, range);
  return list;
}

/** All that is public in IPv6 lies here (RFC 4291 §2.4): no loopback, no link-local, no unique local, no mapped IPv4. */
const GLOBAL_UNICAST = listOf('2000::/3');

/** What is not for the public internet (RFC 6890 §2.2), and other ways to write IPv4 in IPv6. */
const SPECIAL = listOf(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  // What Azure gives its machines (learn.microsoft.com, "What is IP address 168.63.129.16?").
  '168.63.129.16/32',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  // Groups, and reserved (RFC 1112 §4).
  '224.0.0.0/4',
  '240.0.0.0/4',
  '2001::/23',
  '2001:db8::/32',
  // 6to4 (RFC 3056 §2).
  '2002::/16',
  '3fff::/20',
);
