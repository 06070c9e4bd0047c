import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { HASH_BYTES, leafContextText, TAG_BYTES } from '@rollcall/api';
import { LeafCipher } from '@rollcall/transport';
import type { Attack } from '../attack.ts';
import { LEAF_BYTES, onDevice, victimContent, type VictimContent } from '../support/encrypted-content.ts';

/** What somebody has who recorded everything, and the keys of the tasks before. */
export const attack: Attack = {
  name: "a recorded content opened with the keys of earlier contents, with guessed keys, and with a key of one bit's difference",
  async run(scale) {
    const tries = scale === 'full' ? 50_000 : 500;
    const victim = victimContent(LEAF_BYTES + 100);
    let count = 0;
    const opensNothing = (key: Uint8Array): Promise<void> =>
      onDevice(victim, key, (stored) => {
        assert.ok(stored.takeLeafTable(victim.leafTable));
        for (const [leaf, bytes] of victim.leaves.entries()) {
          assert.throws(() => stored.decodeLeaf(leaf, bytes), { name: 'ContentKeyError' });
          count += 1;
        }
      });
    const earlier: VictimContent[] = Array.from({ length: 8 }, () => victimContent(LEAF_BYTES + 100));
    for (const { key } of earlier) await opensNothing(key);
    const guess = (key: Uint8Array): void => {
      const context = Buffer.from(leafContextText(victim.description));
      const tag = victim.leafTable.subarray(HASH_BYTES, HASH_BYTES + TAG_BYTES);
      assert.equal(new LeafCipher({ key, context }).decrypt(0, { bytes: victim.leaves[0]!, tag }), undefined);
      count += 1;
    };
    for (let tried = 0; tried < tries; tried += 1) guess(randomBytes(32));
    for (let bit = 0; bit < 256; bit += 1) {
      const near = Buffer.from(victim.key);
      near[bit >> 3]! ^= 1 << (bit & 7);
      guess(near);
    }
    return { count, stoppedBy: "the leaf's tag: each stored content has a random key of its own" };
  },
};
