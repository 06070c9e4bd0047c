import assert from 'node:assert/strict';
import { areLeafRangesValid, coarsenLeafRanges, countLeaves, missingLeafRanges, uniteLeafRanges } from '@rollcall/api';
import { LeafBits } from '../../../packages/agent/src/journal/leaf-bits.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const DISTINCT_RANGES_MAX = 24;

/** The journal of the leaves that a device holds: any bytes are a journal. A case is the number of leaves (2 bytes) and the bits. */
export function openLeafBits(): FuzzTarget {
  return {
    name: 'leaf-journal',
    sizeMax: 130,
    millisMax: 20,
    shortCount: 20_000,
    corpus: [
      Uint8Array.of(0, 0),
      Uint8Array.of(0, 9, 0xff, 0x01),
      Uint8Array.of(3, 232, ...new Uint8Array(125).fill(0x5a)),
    ],
    check: (bytes) => {
      const leafCount = (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 1024;
      const bits = new LeafBits(leafCount, bytes.subarray(2));
      const [held, missing] = [bits.ranges(), missingLeafRanges(bits.bytes, leafCount)];
      for (const ranges of [held, missing]) assert.ok(areLeafRangesValid(ranges, leafCount));
      assert.equal(countLeaves(held) + countLeaves(missing), leafCount);
      assert.equal(countLeaves(uniteLeafRanges(held, missing)), leafCount, 'each leaf is in one of them');
      const coarse = coarsenLeafRanges(missing, 3);
      assert.ok(coarse.length <= 3 && countLeaves(uniteLeafRanges(coarse, missing)) === countLeaves(coarse));
      const again = new LeafBits(leafCount, bits.bytes);
      assert.deepEqual(again.bytes, bits.bytes, 'what is beyond the last leaf was dropped the first time');
      // Told apart up to a few ranges: what has hundreds of them is not mutated more often than what has some.
      const [heldCount, missingCount] = [held, missing].map((ranges) => Math.min(ranges.length, DISTINCT_RANGES_MAX));
      return { isAccepted: true, what: `${heldCount} ${missingCount}` };
    },
  };
}
