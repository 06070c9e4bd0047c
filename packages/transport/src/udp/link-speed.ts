import { readFileSync } from 'node:fs';

const BITS_PER_MEGABIT = 1e6;

/** What the interface's link carries, as its driver says. Undefined: it does not, as for wireless, loopback or tunnels. */
export function linkSpeedBitsPerSecond(interfaceName: string): number | undefined {
  try {
    const megabits = Number(readFileSync(`/sys/class/net/${interfaceName}/speed`, 'utf8'));
    return megabits > 0 ? megabits * BITS_PER_MEGABIT : undefined;
  } catch {
    // No such file elsewhere than on Linux; on Linux reading it fails while the link is down.
    return undefined;
  }
}
