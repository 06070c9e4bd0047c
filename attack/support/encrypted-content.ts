import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  contentIdentityText,
  hashLeaf,
  leafContextText,
  leafCountOf,
  rootOf,
  type ContentDescription,
  type Sha256,
} from '@rollcall/api';
import { LeafCipher } from '@rollcall/transport';
import { StoredContent } from '../../packages/agent/src/journal/stored-content.ts';

export const LEAF_BYTES = 65_536;

const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** An encrypted content as its server has it. */
export interface VictimContent {
  readonly plaintext: Buffer;
  readonly description: ContentDescription;
  readonly key: Buffer;
  /** Its leaves as they travel. */
  readonly leaves: readonly Uint8Array[];
  readonly leafTable: Buffer;
}

export function victimContent(size: number): VictimContent {
  const plaintext = randomBytes(size);
  const key = randomBytes(32);
  const cut = { encoding: 'aes-256-gcm', size, leafSize: LEAF_BYTES } as const;
  const cipher = new LeafCipher({ key, context: Buffer.from(leafContextText(cut)) });
  const leafCount = leafCountOf(size, LEAF_BYTES);
  const encrypted = Array.from({ length: leafCount }, (_, leaf) =>
    cipher.encrypt(leaf, plaintext.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES)),
  );
  const leafTable = Buffer.concat(encrypted.flatMap(({ bytes, tag }) => [hashLeaf(sha256, bytes), tag]));
  const identity = { ...cut, root: Buffer.from(rootOf(sha256, leafTable, cut.encoding)).toString('hex') };
  const id = createHash('sha256').update(contentIdentityText(identity)).digest('hex');
  const digest = createHash('sha256').update(plaintext).digest('hex');
  return {
    plaintext,
    description: { id, ...identity, leafCount, sha256: digest },
    key,
    leaves: encrypted.map(({ bytes }) => bytes),
    leafTable,
  };
}

/** A device's own place for it, gone afterwards. */
export async function onDevice<Result>(
  content: VictimContent,
  key: Uint8Array,
  attempt: (stored: StoredContent) => Promise<Result> | Result,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-attack-'));
  const contentKey = Buffer.from(key).toString('base64url');
  const stored = await StoredContent.open(join(folder, 'content'), content.description, contentKey);
  try {
    return await attempt(stored);
  } finally {
    await stored.close();
    await rm(folder, { recursive: true, force: true });
  }
}
