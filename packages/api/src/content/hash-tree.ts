/**
 * The hash tree over an object's leaves, as RFC 9162 §2.1.1 defines it: a leaf's hash is SHA-256(0x00 ‖ bytes), a node's
 * SHA-256(0x01 ‖ left ‖ right), the root of nothing is SHA-256 of nothing. The two prefixes keep a node from being
 * passed off as a leaf.
 *
 * The leaf table is the leaves' hashes, 32 bytes each, back to back. Pure: the hash function is an argument.
 */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

export const HASH_BYTES = 32;

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

export function hashLeaf(sha256: Sha256, bytes: Uint8Array): Uint8Array {
  return sha256(LEAF_PREFIX, bytes);
}

/** Root of a whole leaf table. Its length must be a multiple of 32. */
export function rootOf(sha256: Sha256, leafTable: Uint8Array): Uint8Array {
  if (leafTable.length === 0) return sha256();
  let level: Uint8Array[] = [];
  for (let offset = 0; offset < leafTable.length; offset += HASH_BYTES) {
    level.push(leafTable.subarray(offset, offset + HASH_BYTES));
  }
  // Pairing neighbours level by level, an odd last one moving up as it is, gives the same tree as splitting at the
  // largest power of two below the count.
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const left = level[index]!;
      const right = level[index + 1];
      above.push(right === undefined ? left : sha256(NODE_PREFIX, left, right));
    }
    level = above;
  }
  return level[0]!;
}

/** What identifies content: how it travels, its size, its leaf size and the root. The identifier is the SHA-256 of this text. */
export function contentIdentityText(content: {
  readonly encoding: string;
  readonly size: number;
  readonly leafSize: number;
  readonly root: string;
}): string {
  return `rollcall-content-1\n${content.encoding}\n${content.size}\n${content.leafSize}\n${content.root}\n`;
}
