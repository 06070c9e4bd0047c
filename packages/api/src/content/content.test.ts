import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { HASH_BYTES, leafEntryBytes } from './encoding.ts';
import { hashLeaf, rootOf } from './hash-tree.ts';
import {
  areLeafRangesValid,
  coarsenLeafRanges,
  countLeaves,
  missingLeafRanges,
  uniteLeafRanges,
} from './leaf-ranges.ts';
import { leafCountOf, leafLength, leafSizeFor } from './leaf.ts';

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** RFC 9162 §2.1.1 word by word: split at the largest power of two smaller than the count. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Uint8Array.of(1), rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)));
}

test('the root is the one that RFC 9162 defines, for every count of leaves', () => {
  for (let count = 0; count <= 33; count += 1) {
    const leaves = Array.from({ length: count }, (_, index) => hashLeaf(sha256, Uint8Array.of(index)));
    const table = new Uint8Array(count * HASH_BYTES);
    leaves.forEach((leaf, index) => table.set(leaf, index * HASH_BYTES));
    assert.deepEqual(Buffer.from(rootOf(sha256, table, 'identity')), Buffer.from(rootByDefinition(leaves)));
  }
});

test('the tree of an encrypted content is over its entries, hash and tag', () => {
  const entryBytes: number = leafEntryBytes('aes-256-gcm');
  for (let count = 0; count <= 9; count += 1) {
    const table = Uint8Array.from({ length: count * entryBytes }, (_, index) => (index * 31) & 255);
    const entries = Array.from({ length: count }, (_, leaf) =>
      hashLeaf(sha256, table.subarray(leaf * entryBytes, (leaf + 1) * entryBytes)),
    );
    const root = Buffer.from(rootOf(sha256, table, 'aes-256-gcm'));
    assert.deepEqual(root, Buffer.from(rootByDefinition(entries)));
    for (let index = 0; index < table.length; index += 1) {
      const altered = table.slice();
      altered[index]! ^= 1;
      assert.notDeepEqual(Buffer.from(rootOf(sha256, altered, 'aes-256-gcm')), root);
    }
  }
});

test('the leaf size depends on the size alone and keeps the leaf table small', () => {
  assert.equal(leafSizeFor(0), 64 * 1024);
  assert.equal(leafSizeFor(1024 ** 3), 64 * 1024);
  assert.equal(leafSizeFor(1024 ** 3 + 1), 128 * 1024);
  assert.equal(leafSizeFor(100 * 1024 ** 3), 4 * 1024 * 1024);
  assert.equal(leafCountOf(0, 65536), 0);
  assert.equal(leafLength(65537, 65536, 1), 1);
});

const bitmap = fc.array(fc.boolean(), { maxLength: 200 }).map((bits) => {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, index) => {
    if (bit) bytes[index >> 3]! |= 1 << (index & 7);
  });
  return { bits, bytes };
});

test('missing ranges name exactly the leaves that are not held, and coarser ones cover them', () => {
  fc.assert(
    fc.property(bitmap, fc.integer({ min: 1, max: 20 }), ({ bits, bytes }, limit) => {
      const ranges = missingLeafRanges(bytes, bits.length);
      assert.ok(areLeafRangesValid(ranges, bits.length));
      const expand = (list: typeof ranges): number[] =>
        list.flatMap(([first, count]) => Array.from({ length: count }, (_, index) => first + index));
      const missing = bits.flatMap((bit, index) => (bit ? [] : [index]));
      assert.deepEqual(expand(ranges), missing);
      assert.equal(countLeaves(ranges), missing.length);
      const coarse = coarsenLeafRanges(ranges, limit);
      assert.ok(coarse.length <= limit);
      assert.ok(areLeafRangesValid(coarse, bits.length));
      const covered = new Set(expand(coarse));
      assert.ok(missing.every((leaf) => covered.has(leaf)));
    }),
  );
});

test('the union of ranges holds what either holds', () => {
  fc.assert(
    fc.property(bitmap, bitmap, (left, right) => {
      const length = Math.max(left.bits.length, right.bits.length);
      const union = uniteLeafRanges(
        missingLeafRanges(left.bytes, left.bits.length),
        missingLeafRanges(right.bytes, right.bits.length),
      );
      assert.ok(areLeafRangesValid(union, length));
      const expected = Array.from({ length }, (_, index) => index).filter(
        (index) => left.bits[index] === false || right.bits[index] === false,
      );
      assert.deepEqual(
        union.flatMap(([first, count]) => Array.from({ length: count }, (_, index) => first + index)),
        expected,
      );
    }),
  );
});

test('ranges that overlap, are empty or leave the object are refused', () => {
  assert.equal(
    areLeafRangesValid(
      [
        [0, 2],
        [2, 1],
      ],
      5,
    ),
    false,
  );
  assert.equal(areLeafRangesValid([[3, 0]], 5), false);
  assert.equal(areLeafRangesValid([[4, 2]], 5), false);
  assert.equal(areLeafRangesValid([[0.5, 1]], 5), false);
  assert.equal(
    areLeafRangesValid(
      [
        [0, 2],
        [3, 2],
      ],
      5,
    ),
    true,
  );
});
