/**
 * The hash tree over an object's leaves, as RFC 9162 §2.1.1 defines it: a leaf's hash is SHA-256(0x00 ‖ bytes), a node's
 * SHA-256(0x01 ‖ left ‖ right), the root of nothing is SHA-256 of nothing. The two prefixes keep a node from being
 * passed off as a leaf.
 *
 * The leaf table has an entry for each leaf, back to back: the hash of the leaf as it travels, 32 bytes, and behind it, when
 * the content is encrypted, the leaf's tag, 16 bytes. The tree of an encrypted content is over these entries, so that the root
 * covers the tags as well: an altered tag is found before a single leaf has come. Pure: the hash function is an argument.
 */
import { HASH_BYTES, leafEntryBytes, type ContentEncoding } from './encoding.ts';

export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

export function hashLeaf(sha256: Sha256, bytes: Uint8Array): Uint8Array {
  return sha256(LEAF_PREFIX, bytes);
}

/** Root of a whole leaf table. Its length must be a multiple of an entry's. */
export function rootOf(sha256: Sha256, leafTable: Uint8Array, encoding: ContentEncoding): Uint8Array {
  if (leafTable.length === 0) return sha256();
  const entryBytes = leafEntryBytes(encoding);
  let level: Uint8Array[] = [];
  for (let offset = 0; offset < leafTable.length; offset += entryBytes) {
    const entry = leafTable.subarray(offset, offset + entryBytes);
    level.push(entryBytes === HASH_BYTES ? entry : hashLeaf(sha256, entry));
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
  readonly encoding: ContentEncoding;
  readonly size: number;
  readonly leafSize: number;
  readonly root: string;
}): string {
  return `rollcall-content-1\n${content.encoding}\n${content.size}\n${content.leafSize}\n${content.root}\n`;
}
