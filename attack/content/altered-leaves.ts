import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import type { Attack } from '../attack.ts';
import { LEAF_BYTES, onDevice, victimContent } from '../support/encrypted-content.ts';

/** By somebody who holds the cable, or the multicast's keys: what a device is given in the place of a leaf. */
export const attack: Attack = {
  name: 'a leaf with a bit turned, cut short, longer, or another leaf of the same or of another content in its place',
  async run(scale) {
    const tries = scale === 'full' ? 20_000 : 400;
    const victim = victimContent(3 * LEAF_BYTES + 1000);
    const other = victimContent(3 * LEAF_BYTES + 1000);
    const { leaves, leafTable, plaintext, key } = victim;
    return onDevice(victim, key, (stored) => {
      assert.ok(stored.takeLeafTable(leafTable));
      let count = 0;
      const isRefused = (leaf: number, bytes: Uint8Array): void => {
        assert.equal(stored.decodeLeaf(leaf, bytes), undefined);
        count += 1;
      };
      for (let tried = 0; tried < tries; tried += 1) {
        const leaf = randomInt(leaves.length);
        const altered = Buffer.from(leaves[leaf]!);
        altered[randomInt(altered.length)]! ^= 1 << randomInt(8);
        isRefused(leaf, altered);
      }
      for (const [leaf, bytes] of leaves.entries()) {
        isRefused(leaf, bytes.subarray(0, bytes.length - 1));
        isRefused(leaf, Buffer.concat([bytes, Uint8Array.of(0)]));
        isRefused(leaf, other.leaves[leaf]!);
        isRefused(leaf, plaintext.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES));
        for (const [another, swapped] of leaves.entries()) if (another !== leaf) isRefused(leaf, swapped);
        assert.ok(
          plaintext.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES).equals(stored.decodeLeaf(leaf, bytes)!),
        );
      }
      return { count, stoppedBy: "the leaf's hash in a table whose root is in the manifest" };
    });
  },
};
