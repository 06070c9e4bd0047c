/**
 * Whether to multicast (again) and what: after a restart of the server, or for another attempt, devices have been
 * asked what they lack. Only the union of it is sent, and nothing at all when unicast is as cheap.
 */
import { bytesOfLeaves, type ContentRange } from './ports.ts';
import { uniteLeafRanges, type LeafRange } from '@rollcall/api';

export interface Need {
  readonly deviceId: string;
  /** Undefined: everything. */
  readonly missing: readonly LeafRange[] | undefined;
}

export type RoundPlan =
  { readonly decision: 'finish' } | { readonly decision: 'multicast'; readonly leaves: LeafRange[] };

export function planRepeat(
  needs: readonly Need[],
  content: { readonly size: number; readonly leafSize: number; readonly leafCount: number },
  repeatBytesMin: number,
): RoundPlan {
  const everything: LeafRange[] = content.leafCount === 0 ? [] : [[0, content.leafCount]];
  const lacking = needs.map(({ missing }) => missing ?? everything).filter((missing) => missing.length > 0);
  const largest = lacking.reduce((most, missing) => Math.max(most, lengthOf(bytesOfLeaves(missing, content))), 0);
  // One device costs the same by unicast, and little is not worth an announcement.
  if (lacking.length < 2 || largest <= repeatBytesMin) return { decision: 'finish' };
  return {
    decision: 'multicast',
    leaves: lacking.reduce((union: LeafRange[], missing) => uniteLeafRanges(union, missing), []),
  };
}

/** One port for each concurrent session, from the configured one on. */
export function choosePort(basePort: number, used: ReadonlySet<number>): number {
  for (let offset = 0; offset < 65_536; offset += 1) {
    const port = 1024 + ((basePort - 1024 + offset) % (65_536 - 1024));
    if (!used.has(port)) return port;
  }
  throw new Error('no port is left for another session');
}

/** Concurrent sessions share the server's rate; a task with a smaller rate of its own leaves the rest to the others. */
export function shareRate(totalRate: number, demands: readonly (number | undefined)[]): number[] {
  const shares = demands.map(() => 0);
  let left = totalRate;
  let open = demands.map((_, index) => index);
  while (open.length > 0) {
    const share = left / open.length;
    const modest = open.filter((index) => (demands[index] ?? Infinity) <= share);
    if (modest.length === 0) {
      for (const index of open) shares[index] = share;
      break;
    }
    for (const index of modest) {
      shares[index] = demands[index]!;
      left -= shares[index];
    }
    open = open.filter((index) => !modest.includes(index));
  }
  return shares;
}

function lengthOf(ranges: readonly ContentRange[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}
