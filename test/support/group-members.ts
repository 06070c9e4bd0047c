import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Until so many sockets of this machine are members of an IPv4 group: a sender that begins before its receivers listen
 * sends more than one that begins after it.
 */
export async function untilMembers(group: string, count: number): Promise<void> {
  // A number of this machine's byte order, as /proc/net/igmp has it; the column after it counts the sockets.
  const name = group
    .split('.')
    .toReversed()
    .map((part) => Number(part).toString(16).padStart(2, '0'));
  const line = new RegExp(`^\\s+${name.join('')}\\s+(\\d+)\\s`, 'im');
  for (let tries = 0; tries < 3000; tries++) {
    if (Number(line.exec(readFileSync('/proc/net/igmp', 'utf8'))?.[1]) >= count) return;
    await sleep(10);
  }
  throw new Error(`${group} did not get ${count} members in half a minute`);
}
