/** One pass over a file: the hash of each leaf, the root over them, and the digest of the whole. Blocking: for a worker thread. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  contentIdentityText,
  HASH_BYTES,
  leafCountOf,
  leafLength,
  leafSizeFor,
  rootOf,
  type ContentDescription,
} from '@rollcall/api';

export interface HashedContent {
  readonly description: ContentDescription;
  readonly leafTable: Uint8Array;
}

export function hashContent(path: string): HashedContent {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const leafSize = leafSizeFor(size);
    const leafCount = leafCountOf(size, leafSize);
    const leafTable = new Uint8Array(leafCount * HASH_BYTES);
    const whole = createHash('sha256');
    const prefix = Uint8Array.of(0);
    const buffer = new Uint8Array(leafSize);
    for (let leaf = 0; leaf < leafCount; leaf += 1) {
      const length = leafLength(size, leafSize, leaf);
      const bytes = buffer.subarray(0, length);
      readWhole(file, bytes, leaf * leafSize);
      whole.update(bytes);
      leafTable.set(createHash('sha256').update(prefix).update(bytes).digest(), leaf * HASH_BYTES);
    }
    const root = Buffer.from(rootOf(sha256, leafTable)).toString('hex');
    const identity = { encoding: 'identity' as const, size, leafSize, root };
    const id = createHash('sha256').update(contentIdentityText(identity)).digest('hex');
    return { description: { id, ...identity, leafCount, sha256: whole.digest('hex') }, leafTable };
  } finally {
    closeSync(file);
  }
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function readWhole(file: number, target: Uint8Array, position: number): void {
  let done = 0;
  while (done < target.length) {
    const count = readSync(file, target, done, target.length - done, position + done);
    if (count === 0) throw new Error('the file became shorter while it was read');
    done += count;
  }
}
