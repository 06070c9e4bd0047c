import { readFileSync } from 'node:fs';
import { isIpv6 } from './endpoint.ts';
import { joinedIpv4Groups } from './interface-watch.ts';

/** Whether this host is a member of the group on the interface, by the kernel's table; undefined where it has none. */
export function isGroupJoined(interfaceName: string, group: string): boolean | undefined {
  try {
    if (!isIpv6(group)) return joinedIpv4Groups(readFileSync('/proc/net/igmp', 'utf8'), interfaceName).includes(group);
    return joinedIpv6Groups(readFileSync('/proc/net/igmp6', 'utf8'), interfaceName).includes(expandIpv6(group));
  } catch {
    return undefined;
  }
}

/** The groups of one interface in /proc/net/igmp6, as 32 hexadecimal digits: a line for each, `2 eth0 ff02…01 1 …`. */
export function joinedIpv6Groups(table: string, interfaceName: string): string[] {
  return table.split('\n').flatMap((line) => {
    const [, name, group] = line.trim().split(/\s+/);
    return name === interfaceName && group !== undefined ? [group] : [];
  });
}

function expandIpv6(address: string): string {
  // The URL parser writes every IPv6 address in one way.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join('');
}
