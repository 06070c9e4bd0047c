import type { ByteRange } from '@rollcall/norm';
import type { ObjectStore } from './object-store.ts';
import { hash } from 'node:crypto';
import { RangeSet } from '@rollcall/norm';
import { LEAF_TAG_BYTES } from '../content/leaf-cipher.ts';
import { EncryptedStore } from './encrypted-store.ts';

const HASH_SIZE = 32;
/** RFC 9162 §2.1.1: what tells the hash of a leaf from that of a node. */
const LEAF_PREFIX = 0;

/**
 * Compares each leaf of an object with the leaf table once all its bytes are in the store: by its hash, or by its tag when
 * it is encrypted, and then makes it plaintext. Whole leaves wait for the table, and for `verify`, by which the caller
 * decides how long this may hold up everything else.
 *
 * A tag takes no pass of its own over the leaf, and shows what happened to it on the way and what anybody did to it who
 * lacks the content's key. Who has it can forge one: such a leaf is found out by the SHA-256 of the whole plaintext, and
 * told from the others by its hash then. From that time on hashes are compared here as well.
 */
export class LeafVerifier {
  readonly #store: ObjectStore;
  readonly #size: number;
  readonly #leafSize: number;
  /** Of a leaf in the table: its hash, and its tag when it is encrypted. */
  readonly #entrySize: number;
  readonly #areHashesCompared: boolean;
  readonly #written = new RangeSet();
  /** Leaves that need no look any more: verified, or known before. */
  readonly #done = new RangeSet();
  readonly #waiting = new RangeSet();
  readonly #scratch: Uint8Array;
  #verified = new RangeSet();
  #corrupt: number[] = [];
  #table: Uint8Array | undefined;

  constructor(store: ObjectStore, size: number, leafSize: number, areHashesCompared = false) {
    this.#store = store;
    this.#size = size;
    this.#leafSize = leafSize;
    this.#entrySize = store instanceof EncryptedStore ? HASH_SIZE + LEAF_TAG_BYTES : HASH_SIZE;
    this.#areHashesCompared = areHashesCompared || !(store instanceof EncryptedStore);
    this.#scratch = new Uint8Array(1 + Math.min(size, leafSize));
    this.#scratch[0] = LEAF_PREFIX;
  }

  get leafCount(): number {
    return Math.ceil(this.#size / this.#leafSize);
  }

  /** These bytes came unverified. */
  onWritten(offset: number, length: number): void {
    this.#written.add(offset, offset + length);
    const end = Math.ceil((offset + length) / this.#leafSize);
    for (let leaf = Math.floor(offset / this.#leafSize); leaf < end; leaf++) this.#awaitIfWhole(leaf);
  }

  /** These bytes were verified by somebody else: whole leaves among them are done and not reported. */
  onHeld(range: ByteRange): void {
    const end = range.offset + range.length;
    this.#written.add(range.offset, end);
    const first = Math.ceil(range.offset / this.#leafSize);
    const last = end >= this.#size ? this.leafCount : Math.floor(end / this.#leafSize);
    this.#done.add(first, last);
    this.#waiting.delete(first, last);
    // Of the leaves at its ends the other part came unverified.
    this.#awaitIfWhole(Math.floor(range.offset / this.#leafSize));
    this.#awaitIfWhole(Math.ceil(end / this.#leafSize) - 1);
  }

  /** Takes the leaf table, whose own hash was checked against the root. */
  setTable(table: Uint8Array): void {
    if (this.#table) return;
    if (table.length !== this.leafCount * this.#entrySize)
      throw new RangeError('the leaf table has another number of leaves');
    this.#table = table;
  }

  /**
   * Tells right from wrong bytes of a leaf that was corrupt, by the hashes of its pieces: what the grid of the object's
   * symbols cuts it into. Undefined: the leaf is verified, or these are not the hashes of its pieces.
   */
  judgePieces(
    leaf: number,
    symbolSize: number,
    hashes: Uint8Array,
  ): { readonly right: readonly ByteRange[]; readonly wrong: readonly ByteRange[] } | undefined {
    if (this.#done.covers(leaf, leaf + 1) || leaf >= this.leafCount) return undefined;
    const start = leaf * this.#leafSize;
    const end = Math.min(start + this.#leafSize, this.#size);
    const first = Math.floor(start / symbolSize);
    if (hashes.length !== (Math.ceil(end / symbolSize) - first) * HASH_SIZE) return undefined;
    const right = new RangeSet();
    for (let at = 0; at < hashes.length; at += HASH_SIZE) {
      const symbol = first + at / HASH_SIZE;
      const from = Math.max(start, symbol * symbolSize);
      const to = Math.min(end, (symbol + 1) * symbolSize);
      const piece = this.#scratch.subarray(1, 1 + to - from);
      this.#store.read(from, piece);
      if (hash('sha256', piece, 'buffer').equals(hashes.subarray(at, at + HASH_SIZE))) right.add(from, to);
    }
    return { right: right.ranges(), wrong: right.gaps(start, end) };
  }

  /** Of these bytes those that lie in leaves which are not verified. */
  unverified(offset: number, length: number): readonly ByteRange[] {
    const leafSize = this.#leafSize;
    const open = this.#done.gaps(Math.floor(offset / leafSize), Math.ceil((offset + length) / leafSize));
    return open.map((leaves) => {
      const from = Math.max(offset, leaves.offset * leafSize);
      return { offset: from, length: Math.min(offset + length, (leaves.offset + leaves.length) * leafSize) - from };
    });
  }

  /** Whether there are leaves that `verify` can look at. */
  get isBehind(): boolean {
    return this.#table !== undefined && this.#waiting.size > 0;
  }

  /** Verifies leaves until that many bytes are looked at, the last leaf to its end. Returns how many bytes it were. */
  verify(bytesMax: number): number {
    let bytes = 0;
    if (!this.#table || this.#waiting.size === 0) return bytes;
    for (const { offset, length } of this.#waiting.ranges()) {
      let leaf = offset;
      for (; leaf < offset + length && bytes < bytesMax; leaf++) bytes += this.#verifyLeaf(leaf, this.#table);
      this.#waiting.delete(offset, leaf);
      if (bytes >= bytesMax) break;
    }
    return bytes;
  }

  /** Bytes of the leaves that were verified since the last `takeFindings`. */
  get foundBytes(): number {
    return this.#verified.size * this.#leafSize;
  }

  /** What was found since the last call. */
  takeFindings(): { readonly verified: readonly ByteRange[]; readonly corrupt: readonly number[] } {
    const found = { verified: this.#verified.ranges(), corrupt: this.#corrupt };
    if (found.verified.length > 0) this.#verified = new RangeSet();
    if (found.corrupt.length > 0) this.#corrupt = [];
    return found;
  }

  #awaitIfWhole(leaf: number): void {
    const start = leaf * this.#leafSize;
    if (this.#done.covers(leaf, leaf + 1)) return;
    if (this.#written.covers(start, Math.min(start + this.#leafSize, this.#size))) this.#waiting.add(leaf, leaf + 1);
  }

  #verifyLeaf(leaf: number, table: Uint8Array): number {
    const start = leaf * this.#leafSize;
    const length = Math.min(this.#leafSize, this.#size - start);
    this.#store.read(start, this.#scratch.subarray(1, 1 + length));
    const entry = table.subarray(leaf * this.#entrySize, (leaf + 1) * this.#entrySize);
    if (this.#isRight(leaf, length, entry)) {
      this.#verified.add(leaf, leaf + 1);
      this.#done.add(leaf, leaf + 1);
    } else {
      this.#corrupt.push(leaf);
      this.#written.delete(start, start + length);
    }
    return length;
  }

  #isRight(leaf: number, length: number, entry: Uint8Array): boolean {
    const hashed = this.#scratch.subarray(0, 1 + length);
    if (this.#areHashesCompared && !hash('sha256', hashed, 'buffer').equals(entry.subarray(0, HASH_SIZE))) return false;
    if (!(this.#store instanceof EncryptedStore)) return true;
    return this.#store.decrypt(leaf, hashed.subarray(1), entry.subarray(HASH_SIZE));
  }
}
