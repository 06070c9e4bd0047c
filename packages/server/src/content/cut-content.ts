/**
 * One pass over an upload: cut into leaves, each hashed as it will travel, the root over them, and the digest of the whole as
 * it came. With a key each leaf is encrypted first, into a file of its own. Blocking: for a worker thread.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import {
  contentIdentityText,
  HASH_BYTES,
  leafContextText,
  leafCountOf,
  leafEntryBytes,
  leafLength,
  leafSizeFor,
  rootOf,
  type ContentDescription,
  type ContentEncoding,
} from '@rollcall/api';
import { LeafCipher } from '@rollcall/transport';
import { READ_PIECE_BYTES } from '../limits.ts';

export interface CutContent {
  readonly description: ContentDescription;
  readonly leafTable: Uint8Array;
}

/** Where the encrypted leaves go, and their key. */
export interface ContentEncryption {
  readonly key: Uint8Array;
  readonly target: string;
}

export function cutContent(path: string, encryption?: ContentEncryption): CutContent {
  const source = openSync(path, 'r');
  const target = encryption === undefined ? undefined : openSync(encryption.target, 'wx', 0o600);
  try {
    const { size } = fstatSync(source);
    const encoding: ContentEncoding = encryption === undefined ? 'identity' : 'aes-256-gcm';
    const leafSize = leafSizeFor(size);
    const leafCount = leafCountOf(size, leafSize);
    const entryBytes = leafEntryBytes(encoding);
    const leafTable = new Uint8Array(leafCount * entryBytes);
    const context = Buffer.from(leafContextText({ encoding, size, leafSize }));
    const cipher = encryption === undefined ? undefined : new LeafCipher({ key: encryption.key, context });
    const whole = createHash('sha256');
    const buffer = new Uint8Array(Math.min(leafSize, size));
    for (let leaf = 0; leaf < leafCount; leaf += 1) {
      let bytes: Uint8Array = buffer.subarray(0, leafLength(size, leafSize, leaf));
      readWhole(source, bytes, leaf * leafSize);
      whole.update(bytes);
      if (cipher !== undefined) {
        const encrypted = cipher.encrypt(leaf, bytes);
        leafTable.set(encrypted.tag, leaf * entryBytes + HASH_BYTES);
        ({ bytes } = encrypted);
        writeWhole(target!, bytes, leaf * leafSize);
      }
      leafTable.set(createHash('sha256').update(LEAF_PREFIX).update(bytes).digest(), leaf * entryBytes);
    }
    if (target !== undefined) fsyncSync(target);
    const root = Buffer.from(rootOf(sha256, leafTable, encoding)).toString('hex');
    const identity = { encoding, size, leafSize, root };
    const id = createHash('sha256').update(contentIdentityText(identity)).digest('hex');
    return { description: { id, ...identity, leafCount, sha256: whole.digest('hex') }, leafTable };
  } finally {
    closeSync(source);
    if (target !== undefined) closeSync(target);
  }
}

/** SHA-256 of a whole file, hex. */
export function digestOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const whole = createHash('sha256');
    const piece = new Uint8Array(READ_PIECE_BYTES);
    for (let count = readSync(file, piece); count > 0; count = readSync(file, piece)) {
      whole.update(piece.subarray(0, count));
    }
    return whole.digest('hex');
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

function writeWhole(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

/** RFC 9162 §2.1.1: what tells the hash of a leaf from that of a node. */
const LEAF_PREFIX = Uint8Array.of(0);
