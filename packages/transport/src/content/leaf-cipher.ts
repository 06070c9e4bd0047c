import { createCipheriv, createDecipheriv } from 'node:crypto';

export const LEAF_TAG_BYTES = 16;

/** What opens the leaves of one encrypted content. */
export interface LeafEncryption {
  /** 32 bytes, of this content alone: a nonce is the index of a leaf, and must not come twice under one key. */
  readonly key: Uint8Array;
  /** Additional authenticated data of every leaf. */
  readonly context: Uint8Array;
}

export interface EncryptedLeaf {
  readonly bytes: Uint8Array;
  readonly tag: Uint8Array;
}

/**
 * AES-256-GCM (NIST SP 800-38D) over the leaves of one content. The nonce is the leaf's index, 96 bits, big-endian: what
 * is encrypted twice comes out the same, so that plaintext can be checked against a leaf table, and passed on.
 */
export class LeafCipher {
  readonly #key: Uint8Array;
  readonly #context: Uint8Array;
  readonly #nonce = new Uint8Array(12);
  readonly #nonceView = new DataView(this.#nonce.buffer);

  constructor({ key, context }: LeafEncryption) {
    this.#key = key;
    this.#context = context;
  }

  encrypt(leaf: number, plaintext: Uint8Array): EncryptedLeaf {
    const cipher = createCipheriv(ALGORITHM, this.#key, this.#nonceOf(leaf), OPTIONS);
    cipher.setAAD(this.#context);
    const bytes = cipher.update(plaintext);
    cipher.final();
    return { bytes, tag: cipher.getAuthTag() };
  }

  /** The plaintext; undefined: these bytes were not made with this key, as this leaf, of this content. */
  decrypt(leaf: number, { bytes, tag }: EncryptedLeaf): Uint8Array | undefined {
    const decipher = createDecipheriv(ALGORITHM, this.#key, this.#nonceOf(leaf), OPTIONS);
    decipher.setAAD(this.#context);
    decipher.setAuthTag(tag);
    const plaintext = decipher.update(bytes);
    try {
      decipher.final();
      return plaintext;
    } catch {
      return undefined;
    }
  }

  #nonceOf(leaf: number): Uint8Array {
    this.#nonceView.setBigUint64(4, BigInt(leaf));
    return this.#nonce;
  }
}

const ALGORITHM = 'aes-256-gcm';
const OPTIONS = { authTagLength: LEAF_TAG_BYTES };
