import { createHash } from 'node:crypto';
import {
  type ContentDescription,
  type ContentEncoding,
  contentIdentityText,
  hashLeaf,
  leafContextText,
  leafCountOf,
  rootOf,
  type Sha256,
} from '@rollcall/api';
import { LeafCipher } from '@rollcall/transport';

/** A content as a server would have made it. */
export interface TestContent {
  readonly description: ContentDescription;
  readonly leafTable: Buffer;
  /** The bytes as they travel. */
  readonly travelling: Buffer;
  readonly contentKey: string | undefined;
}

export const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The key is that of the bytes, so that the same bytes are the same content. */
export function contentOf(bytes: Uint8Array, leafSize: number, encoding: ContentEncoding): TestContent {
  const { length: size } = bytes;
  const key = encoding === 'identity' ? undefined : sha256(Buffer.from('key'), bytes);
  const context = Buffer.from(leafContextText({ encoding, size, leafSize }));
  const cipher = key === undefined ? undefined : new LeafCipher({ key, context });
  const leafCount = leafCountOf(size, leafSize);
  const leaves = Array.from({ length: leafCount }, (_, leaf) => {
    const plaintext = bytes.subarray(leaf * leafSize, (leaf + 1) * leafSize);
    return cipher?.encrypt(leaf, plaintext) ?? { bytes: plaintext, tag: new Uint8Array() };
  });
  const leafTable = Buffer.concat(leaves.flatMap((leaf) => [hashLeaf(sha256, leaf.bytes), leaf.tag]));
  const root = Buffer.from(rootOf(sha256, leafTable, encoding)).toString('hex');
  const identity = { encoding, size, leafSize, root };
  return {
    description: {
      id: createHash('sha256').update(contentIdentityText(identity)).digest('hex'),
      ...identity,
      leafCount,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
    leafTable,
    travelling: Buffer.concat(leaves.map((leaf) => leaf.bytes)),
    contentKey: key === undefined ? undefined : Buffer.from(key).toString('base64url'),
  };
}
