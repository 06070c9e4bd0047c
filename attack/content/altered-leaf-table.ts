import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { leafEntryBytes } from '@rollcall/api';
import type { Attack } from '../attack.ts';
import { LEAF_BYTES, onDevice, victimContent } from '../support/encrypted-content.ts';

/** The table travels by multicast: whoever is able to forge it must not make a device take leaves, or tags, of theirs. */
export const attack: Attack = {
  name: 'a leaf table with a bit turned in a hash or in a tag, with entries swapped, taken away, doubled, or of another content',
  async run(scale) {
    const tries = scale === 'full' ? 100_000 : 2000;
    const victim = victimContent(9 * LEAF_BYTES);
    const { leafTable, key, description } = victim;
    const entryBytes = leafEntryBytes(description.encoding);
    return onDevice(victim, key, (stored) => {
      let count = 0;
      const isRefused = (table: Uint8Array): void => {
        assert.equal(stored.takeLeafTable(table), false);
        count += 1;
      };
      for (let tried = 0; tried < tries; tried += 1) {
        const altered = Buffer.from(leafTable);
        altered[randomInt(altered.length)]! ^= 1 << randomInt(8);
        isRefused(altered);
      }
      const entries = Array.from({ length: description.leafCount }, (_, leaf) =>
        leafTable.subarray(leaf * entryBytes, (leaf + 1) * entryBytes),
      );
      isRefused(Buffer.concat(entries.slice(1)));
      isRefused(Buffer.concat([...entries, entries[0]!]));
      isRefused(Buffer.concat(entries.toReversed()));
      isRefused(Buffer.concat([entries[0]!, entries[0]!, ...entries.slice(2)]));
      isRefused(victimContent(9 * LEAF_BYTES).leafTable);
      isRefused(new Uint8Array());
      assert.ok(stored.takeLeafTable(leafTable), 'and the right one is taken after all of them');
      return { count, stoppedBy: 'the root in the manifest, which covers the hashes and the tags' };
    });
  },
};
