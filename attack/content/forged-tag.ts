import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Attack } from '../attack.ts';
import { EncryptedStore } from '../../packages/transport/src/session/encrypted-store.ts';
import { LeafVerifier } from '../../packages/transport/src/session/leaf-verifier.ts';
import { openFileStore } from '../../packages/transport/src/session/object-store.ts';
import { withSameTag } from '../../packages/agent/test/with-same-tag.ts';
import { LEAF_BYTES, onDevice, victimContent } from '../support/encrypted-content.ts';

/**
 * A member knows the content's key, and so the polynomial of GHASH: it changes two blocks of a leaf so that the tag stays
 * right, and sends that as the sender. By multicast the tag is what a leaf is known by until the whole is there.
 */
export const attack: Attack = {
  name: 'a member, who has the key, forges a leaf that keeps its tag: the digest of the whole finds it, its hash tells which',
  async run(scale) {
    const count = scale === 'full' ? 200 : 5;
    for (let tried = 0; tried < count; tried += 1) await forge();
    return {
      count,
      stoppedBy: 'the SHA-256 of the whole; the leaf comes again by unicast, where its hash is looked at',
    };
  },
};

async function forge(): Promise<void> {
  const victim = victimContent(3 * LEAF_BYTES + 1000);
  const { description, key, leaves, leafTable } = victim;
  await onDevice(victim, key, async (stored) => {
    assert.ok(stored.takeLeafTable(leafTable) && stored.encryption);
    const leaf = randomInt(leaves.length);
    const forged = withSameTag(leaves[leaf]!, key);
    const { size } = description;
    const store = new EncryptedStore(openFileStore(stored.path, size), size, LEAF_BYTES, stored.encryption);
    const verifier = new LeafVerifier(store, size, LEAF_BYTES);
    verifier.setTable(leafTable);
    store.write(0, Buffer.concat(leaves.map((right, index) => (index === leaf ? forged : right))));
    verifier.onWritten(0, size);
    verifier.verify(Infinity);
    const { verified, corrupt } = verifier.takeFindings();
    store.close();
    assert.deepEqual(corrupt, [], 'the tag is right: else this is no attack');
    stored.markHeld(
      verified.map(({ offset, length }) => [offset, length]),
      'multicast',
    );
    const never = new AbortController().signal;
    assert.ok(stored.isComplete);
    assert.notEqual(await stored.digest(never), description.sha256);
    await stored.rescan(never);
    assert.deepEqual(stored.missing(), [[leaf, 1]]);
    assert.equal(stored.decodeLeaf(leaf, forged), undefined, 'by unicast it is refused at once');
    const right = stored.decodeLeaf(leaf, leaves[leaf]!);
    assert.ok(right);
    const file = await open(stored.path, 'r+');
    await file.write(right, 0, right.length, leaf * LEAF_BYTES);
    await file.close();
    stored.markHeld([[leaf, 1]], 'unicast');
    assert.equal(await stored.digest(never), description.sha256);
  });
}
