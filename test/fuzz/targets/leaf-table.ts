import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { HASH_BYTES, leafEntryBytes, rootOf, TAG_BYTES } from '@rollcall/api';
import { Random } from '@rollcall/norm';
import { ContentKeyError, LeafChecker } from '../../../packages/agent/src/journal/leaf-checker.ts';
import { contentOf, type TestContent } from '../../../packages/agent/test/test-content.ts';
import { ACCEPTED, REFUSED } from '../fuzz-target.ts';
import type { FuzzTarget, Outcome } from '../fuzz-target.ts';

const LEAF_BYTES = 64;
const LEAVES = 9;
const ENTRY_BYTES = leafEntryBytes('aes-256-gcm');
const SIZE_MAX = 2 * LEAVES * ENTRY_BYTES;

/** Against the root in the manifest: the right table, hashes and tags, and no other. */
export function openLeafTable(seed: number): FuzzTarget {
  const content = sampleContent(seed);
  const checker = checkerOf(content);
  return {
    ...targetOf('leaf-table', content),
    shortCount: 20_000,
    check: (bytes) => {
      const isTaken = checker.takeLeafTable(bytes);
      assert.equal(isTaken, content.leafTable.equals(bytes));
      if (!isTaken) return REFUSED;
      for (let leaf = 0; leaf < LEAVES; leaf += 1) assert.ok(openedRight(checker, content, leaf));
      return ACCEPTED;
    },
  };
}

/** Behind the root: a table that somebody vouched for and that is wrong opens no leaf to anything but what was encrypted. */
export function openTrustedLeafTable(seed: number): FuzzTarget {
  const content = sampleContent(seed);
  return {
    ...targetOf('trusted-leaf-table', content),
    shortCount: 10_000,
    check: (bytes): Outcome => {
      if (bytes.length % ENTRY_BYTES !== 0) return REFUSED;
      const root = Buffer.from(rootOf(sha256, bytes, 'aes-256-gcm')).toString('hex');
      const checker = checkerOf({ ...content, description: { ...content.description, root } });
      const isTaken = checker.takeLeafTable(bytes);
      assert.equal(isTaken, bytes.length === LEAVES * ENTRY_BYTES, 'as many entries as there are leaves');
      if (!isTaken) return REFUSED;
      let openedCount = 0;
      for (let leaf = 0; leaf < LEAVES; leaf += 1) if (openedRight(checker, content, leaf)) openedCount += 1;
      return { isAccepted: true, what: `${openedCount} opened` };
    },
  };
}

function targetOf(name: string, { leafTable }: TestContent): Omit<FuzzTarget, 'shortCount' | 'check'> {
  return {
    name,
    sizeMax: SIZE_MAX,
    millisMax: 1000,
    corpus: [
      leafTable,
      leafTable.subarray(ENTRY_BYTES),
      Buffer.concat([leafTable, leafTable.subarray(0, ENTRY_BYTES)]),
    ],
    generate: (random) => altered(leafTable, random),
  };
}

/** The honest table, one with a changed hash or tag, or one whose entries, hashes or tags changed places. */
function altered(leafTable: Uint8Array, random: Random): Uint8Array {
  const table = Uint8Array.from(leafTable);
  const [one, other] = [random.below(LEAVES) * ENTRY_BYTES, random.below(LEAVES) * ENTRY_BYTES];
  const part = [
    [0, ENTRY_BYTES],
    [0, HASH_BYTES],
    [HASH_BYTES, TAG_BYTES],
  ][random.below(3)]!;
  const [offset = 0, length = 0] = part;
  const way = random.below(8);
  if (way === 0) return table;
  if (way === 1) table[one + offset + random.below(length)]! ^= 1 << random.below(8);
  else table.set(leafTable.subarray(other + offset, other + offset + length), one + offset);
  return table;
}

/** Whether the leaf opens; to anything but what it was made of it must not. */
function openedRight(checker: LeafChecker, content: TestContent, leaf: number): boolean {
  const travelled = content.travelling.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
  let opened: Uint8Array | undefined;
  try {
    opened = checker.decodeLeaf(leaf, travelled);
  } catch (error) {
    assert.ok(error instanceof ContentKeyError, String(error));
    return false;
  }
  if (opened === undefined) return false;
  assert.ok(
    plaintexts
      .get(content)
      ?.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES)
      .equals(opened),
  );
  return true;
}

const plaintexts = new WeakMap<TestContent, Buffer>();

function sampleContent(seed: number): TestContent {
  const random = new Random(seed);
  const bytes = Buffer.from(Array.from({ length: (LEAVES - 1) * LEAF_BYTES + 7 }, () => random.below(256)));
  const content = contentOf(bytes, LEAF_BYTES, 'aes-256-gcm');
  plaintexts.set(content, bytes);
  return content;
}

function checkerOf({ description, contentKey }: TestContent): LeafChecker {
  return new LeafChecker(description, contentKey);
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return hash('sha256', Buffer.concat(parts), 'buffer');
}
