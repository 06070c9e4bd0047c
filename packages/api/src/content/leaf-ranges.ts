/** Ranges of leaves, `[first, count]`, ascending and apart from each other: what a device lacks, on the wire and in the journal. */
export type LeafRange = readonly [first: number, count: number];

/** The ranges of leaves whose bit is not set in `held` (least significant bit first). */
export function missingLeafRanges(held: Uint8Array, leafCount: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let first = -1;
  for (let leaf = 0; leaf <= leafCount; leaf += 1) {
    const isMissing = leaf < leafCount && ((held[leaf >> 3]! >> (leaf & 7)) & 1) === 0;
    if (isMissing && first < 0) first = leaf;
    if (!isMissing && first >= 0) {
      ranges.push([first, leaf - first]);
      first = -1;
    }
  }
  return ranges;
}

export function countLeaves(ranges: readonly LeafRange[]): number {
  return ranges.reduce((sum, [, count]) => sum + count, 0);
}

/** Whether ranges are ascending, apart, not empty and within the object. */
export function areLeafRangesValid(ranges: readonly LeafRange[], leafCount: number): boolean {
  let end = -1;
  for (const [first, count] of ranges) {
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count)) return false;
    if (first <= end || count < 1 || first + count > leafCount) return false;
    end = first + count;
  }
  return true;
}

/** All leaves that are in one list or the other. */
export function uniteLeafRanges(left: readonly LeafRange[], right: readonly LeafRange[]): LeafRange[] {
  const sorted = [...left, ...right].sort((one, other) => one[0] - other[0]);
  const united: [number, number][] = [];
  for (const [first, count] of sorted) {
    const last = united.at(-1);
    if (last !== undefined && first <= last[0] + last[1]) last[1] = Math.max(last[1], first + count - last[0]);
    else united.push([first, count]);
  }
  return united;
}

/** At most `limit` ranges that cover all given ones: the smallest gaps between neighbours are given up first. */
export function coarsenLeafRanges(ranges: readonly LeafRange[], limit: number): LeafRange[] {
  if (ranges.length <= limit) return [...ranges];
  const gaps = ranges.slice(1).map((range, index) => range[0] - (ranges[index]![0] + ranges[index]![1]));
  const kept = new Set(
    gaps
      .map((gap, index) => ({ gap, index }))
      .sort((one, other) => other.gap - one.gap || one.index - other.index)
      .slice(0, limit - 1)
      .map(({ index }) => index),
  );
  const coarse: [number, number][] = [];
  ranges.forEach(([first, count], index) => {
    const last = coarse.at(-1);
    if (last === undefined || kept.has(index - 1)) coarse.push([first, count]);
    else last[1] = first + count - last[0];
  });
  return coarse;
}
