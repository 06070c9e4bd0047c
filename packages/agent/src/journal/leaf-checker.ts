import { type ContentDescription, HASH_BYTES, hashLeaf, leafContextText, leafEntryBytes, rootOf } from '@rollcall/api';
import { LeafCipher, type LeafEncryption } from '@rollcall/transport';
import { sha256 } from './sha256.ts';

/** The key that came with the task does not open what its content's tree says is right: fetching again changes nothing. */
export class ContentKeyError extends Error {
  override readonly name = 'ContentKeyError';
}

/**
 * Tells right leaves from wrong ones, as they travelled and as they are stored, and opens them. It needs the leaf table for
 * that, and believes one that has the content's root. It knows of no disk.
 */
export class LeafChecker {
  /** What opens the leaves; undefined: they travel as they are. */
  readonly encryption: LeafEncryption | undefined;
  readonly #description: ContentDescription;
  readonly #cipher: LeafCipher | undefined;
  #leafTable: Uint8Array | undefined;

  /** @param contentKey of an encrypted content, base64url */
  constructor(description: ContentDescription, contentKey: string | undefined) {
    this.#description = description;
    this.encryption = encryptionOf(description, contentKey);
    this.#cipher = this.encryption === undefined ? undefined : new LeafCipher(this.encryption);
  }

  get leafTable(): Uint8Array | undefined {
    return this.#leafTable;
  }

  /** Checks a leaf table against the content's root, and keeps a copy of the first that is the right one. */
  takeLeafTable(table: Uint8Array): boolean {
    const { encoding, leafCount, root } = this.#description;
    if (table.length !== leafCount * leafEntryBytes(encoding)) return false;
    if (Buffer.from(rootOf(sha256, table, encoding)).toString('hex') !== root) return false;
    this.#leafTable ??= Uint8Array.from(table);
    return true;
  }

  /** A leaf as it travelled, as it is to be written: decrypted if it is encrypted. Undefined: it is not the right one. */
  decodeLeaf(leaf: number, travelled: Uint8Array): Uint8Array | undefined {
    const entry = this.#entryOf(leaf);
    if (entry === undefined || !isHashOf(entry, travelled)) return undefined;
    if (this.#cipher === undefined) return travelled;
    const plaintext = this.#cipher.decrypt(leaf, { bytes: travelled, tag: entry.subarray(HASH_BYTES) });
    if (plaintext === undefined)
      throw new ContentKeyError(`the key of the task does not open leaf ${leaf} of its content`);
    return plaintext;
  }

  /** Encrypted again a leaf is what travelled: so plaintext is checked against the same tree. */
  isStoredRight(leaf: number, stored: Uint8Array): boolean {
    const entry = this.#entryOf(leaf);
    if (entry === undefined) return false;
    if (this.#cipher === undefined) return isHashOf(entry, stored);
    const { bytes, tag } = this.#cipher.encrypt(leaf, stored);
    return isHashOf(entry, bytes) && Buffer.compare(tag, entry.subarray(HASH_BYTES)) === 0;
  }

  #entryOf(leaf: number): Uint8Array | undefined {
    const entryBytes = leafEntryBytes(this.#description.encoding);
    return this.#leafTable?.subarray(leaf * entryBytes, (leaf + 1) * entryBytes);
  }
}

function encryptionOf(description: ContentDescription, contentKey: string | undefined): LeafEncryption | undefined {
  if (description.encoding === 'identity') return undefined;
  if (contentKey === undefined) throw new ContentKeyError('the content is encrypted, and the task brought no key');
  return { key: Buffer.from(contentKey, 'base64url'), context: Buffer.from(leafContextText(description)) };
}

function isHashOf(entry: Uint8Array, bytes: Uint8Array): boolean {
  return Buffer.compare(hashLeaf(sha256, bytes), entry.subarray(0, HASH_BYTES)) === 0;
}
