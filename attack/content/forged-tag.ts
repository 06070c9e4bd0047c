import assert from 'node:assert/strict';
import { createCipheriv, randomBytes, randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Attack } from '../attack.ts';
import { EncryptedStore } from '../../packages/transport/src/session/encrypted-store.ts';
import { LeafVerifier } from '../../packages/transport/src/session/leaf-verifier.ts';
import { openFileStore } from '../../packages/transport/src/session/object-store.ts';
import { LEAF_BYTES, onDevice, victimContent, type VictimContent } from '../support/encrypted-content.ts';

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

const BLOCK_BYTES = 16;

async function forge(): Promise<void> {
  const victim = victimContent(3 * LEAF_BYTES + 1000);
  const { description, key, leaves, leafTable, plaintext } = victim;
  await onDevice(victim, key, async (stored) => {
    assert.ok(stored.takeLeafTable(leafTable) && stored.encryption);
    const leaf = randomInt(leaves.length);
    const forged = withSameTag(victim, leaf);
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
    assert.ok(stored.decodeLeaf(leaf, leaves[leaf]!));
    await writeFile(stored.path, plaintext);
    stored.markHeld([[leaf, 1]], 'unicast');
    assert.equal(await stored.digest(never), description.sha256);
  });
}

/** Adds d to a block and d · H to the next one: in GHASH (NIST SP 800-38D §6.4) both together are nothing. */
function withSameTag({ key, leaves }: VictimContent, leaf: number): Buffer {
  const forged = Buffer.from(leaves[leaf]!);
  const at = BLOCK_BYTES * randomInt(Math.floor(forged.length / BLOCK_BYTES) - 1);
  const hashKey = numberOf(createCipheriv('aes-256-ecb', key, null).update(Buffer.alloc(BLOCK_BYTES)));
  const difference = numberOf(randomBytes(BLOCK_BYTES)) | 1n;
  addTo(forged, at, difference);
  addTo(forged, at + BLOCK_BYTES, product(difference, hashKey));
  return forged;
}

function numberOf(block: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(block).toString('hex')}`);
}

function addTo(bytes: Buffer, at: number, block: bigint): void {
  const added = Buffer.from(block.toString(16).padStart(2 * BLOCK_BYTES, '0'), 'hex');
  for (const [index, byte] of added.entries()) bytes[at + index]! ^= byte;
}

/** In GF(2^128), whose elements GCM writes lowest power first (§6.3). */
function product(left: bigint, right: bigint): bigint {
  let sum = 0n;
  let shifted = right;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if (((left >> bit) & 1n) === 1n) sum ^= shifted;
    shifted = (shifted >> 1n) ^ ((shifted & 1n) === 1n ? 0xe1n << 120n : 0n);
  }
  return sum;
}
