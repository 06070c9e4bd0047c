import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Attack } from '../attack.ts';
import { LEAF_BYTES, onDevice, victimContent, type VictimContent } from '../support/encrypted-content.ts';

/** What somebody has who recorded everything, and the keys of the tasks before. */
export const attack: Attack = {
  name: "a recorded content opened with the keys of earlier contents, with guessed keys, and with a key of one bit's difference",
  async run(scale) {
    const tries = scale === 'full' ? 5000 : 100;
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
    for (let tried = 0; tried < tries; tried += 1) await opensNothing(randomBytes(32));
    for (let bit = 0; bit < 256; bit += scale === 'full' ? 1 : 8) {
      const near = Buffer.from(victim.key);
      near[bit >> 3]! ^= 1 << (bit & 7);
      await opensNothing(near);
    }
    return { count, stoppedBy: "the leaf's tag: each stored content has a random key of its own" };
  },
};
