import { RangeSet, type ByteRange } from '@rollcall/norm';
import { LeafCipher, type LeafEncryption } from '../content/leaf-cipher.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * The store of an object whose leaves are encrypted. Whoever reads and writes it sees the object as it travels. Beneath,
 * a leaf is plaintext from the moment at which it was found to be right: it is written over its own ciphertext, so that a
 * content needs no more room than it has bytes, and is ready for use once its last leaf is.
 *
 * What is asked back of such a leaf (to decode the rest of a block that reaches into it) is encrypted again. What is
 * written into it once more is dropped: it is right as it is.
 */
export class EncryptedStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #size: number;
  readonly #leafSize: number;
  readonly #cipher: LeafCipher;
  /** Leaves that are plaintext beneath. */
  readonly #plain = new RangeSet();
  /** The leaf that was encrypted again last: symbols are asked back one after the other. */
  #again: { readonly leaf: number; readonly bytes: Uint8Array } | undefined;

  constructor(store: ObjectStore, size: number, leafSize: number, encryption: LeafEncryption) {
    this.#store = store;
    this.#size = size;
    this.#leafSize = leafSize;
    this.#cipher = new LeafCipher(encryption);
  }

  get bytes(): Uint8Array | undefined {
    return this.#store.bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#eachLeaf(offset, bytes.length, (leaf, from, to) => {
      if (!this.#isPlain(leaf)) this.#store.write(from, bytes.subarray(from - offset, to - offset));
    });
  }

  read(offset: number, target: Uint8Array): void {
    this.#eachLeaf(offset, target.length, (leaf, from, to) => {
      const part = target.subarray(from - offset, to - offset);
      if (!this.#isPlain(leaf)) this.#store.read(from, part);
      else part.set(this.#encryptedAgain(leaf).subarray(from - leaf * this.#leafSize, to - leaf * this.#leafSize));
    });
  }

  /** Makes plaintext of a leaf that came. False: its tag is not right, and it stays as it was. */
  decrypt(leaf: number, bytes: Uint8Array, tag: Uint8Array): boolean {
    const plaintext = this.#cipher.decrypt(leaf, { bytes, tag });
    if (plaintext === undefined) return false;
    this.#store.write(leaf * this.#leafSize, plaintext);
    this.#plain.add(leaf, leaf + 1);
    return true;
  }

  /** These bytes are right, and plaintext beneath. Returns those in whole leaves: a part of one is neither one nor the other. */
  onHeld({ offset, length }: ByteRange): ByteRange {
    const end = Math.min(offset + length, this.#size);
    const first = Math.ceil(offset / this.#leafSize);
    const last = end === this.#size ? Math.ceil(end / this.#leafSize) : Math.floor(end / this.#leafSize);
    if (first >= last) return { offset, length: 0 };
    this.#plain.add(first, last);
    const start = first * this.#leafSize;
    return { offset: start, length: Math.min(last * this.#leafSize, this.#size) - start };
  }

  close(): void {
    this.#store.close();
  }

  #isPlain(leaf: number): boolean {
    return this.#plain.covers(leaf, leaf + 1);
  }

  #encryptedAgain(leaf: number): Uint8Array {
    if (this.#again?.leaf !== leaf) {
      const start = leaf * this.#leafSize;
      const plaintext = new Uint8Array(Math.min(this.#leafSize, this.#size - start));
      this.#store.read(start, plaintext);
      this.#again = { leaf, bytes: this.#cipher.encrypt(leaf, plaintext).bytes };
    }
    return this.#again.bytes;
  }

  #eachLeaf(offset: number, length: number, visit: (leaf: number, from: number, to: number) => void): void {
    for (let from = offset; from < offset + length;) {
      const leaf = Math.floor(from / this.#leafSize);
      const to = Math.min(offset + length, (leaf + 1) * this.#leafSize);
      visit(leaf, from, to);
      from = to;
    }
  }
}
