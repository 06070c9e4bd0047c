import { limits, type LeafRange } from '@rollcall/api';
import { FETCH_REQUEST_BYTES_MAX } from '../limits.ts';

/** The first of the missing leaves, as many as one request takes. */
export function chooseLeaves(missing: readonly LeafRange[], leafSize: number): LeafRange[] {
  const chosen: LeafRange[] = [];
  let left = Math.max(1, Math.floor(FETCH_REQUEST_BYTES_MAX / leafSize));
  for (const [first, count] of missing) {
    if (left === 0 || chosen.length === limits.MISSING_RANGES_MAX) break;
    const taken = Math.min(count, left);
    chosen.push([first, taken]);
    left -= taken;
  }
  return chosen;
}
