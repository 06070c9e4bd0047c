/**
 * Numbers that wrap. A difference is the shorter way round: RFC 5740 §4.1 (sequence), §4.2.1 (object transport id).
 *
 * The source block numbers of an object do not wrap (an object never has more blocks than numbers) and compare plainly.
 */

/** a − b on the circle of 16-bit numbers, from −32768 to 32767. */
function difference16(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** How far sequence `a` is ahead of `b`; negative: behind. */
export function sequenceDifference(a: number, b: number): number {
  return difference16(a, b);
}

/** How far object transport id `a` is ahead of `b`; negative: an older object. */
export function toiDifference(a: number, b: number): number {
  return difference16(a, b);
}

export function nextSequence(sequence: number): number {
  return (sequence + 1) & 0xffff;
}

export function nextToi(toi: number): number {
  return (toi + 1) & 0xffff;
}
