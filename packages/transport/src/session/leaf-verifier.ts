import type { ByteRange } from '@rollcall/norm';
import type { ObjectStore } from './object-store.ts';
import { hash } from 'node:crypto';
import { RangeSet } from '@rollcall/norm';

const HASH_SIZE = 32;
/** RFC 9162 §2.1.1: what tells the hash of a leaf from that of a node. */
const LEAF_PREFIX = 0;

/**
 * Hashes each leaf of an object once all its bytes are in the store, and compares it with the leaf table. A leaf that
 * is whole before the table has come waits for it.
 */
export class LeafVerifier {
  readonly #store: ObjectStore;
  readonly #size: number;
  readonly #leafSize: number;
  readonly #written = new RangeSet();
  /** Leaves that need no look any more: verified, or known before. */
  readonly #done = new RangeSet();
  readonly #waiting = new RangeSet();
  readonly #scratch: Uint8Array;
  #verified = new RangeSet();
  #corrupt: number[] = [];
  #table: Uint8Array | undefined;

  constructor(store: ObjectStore, size: number, leafSize: number) {
    this.#store = store;
    this.#size = size;
    this.#leafSize = leafSize;
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
    for (let leaf = Math.floor(offset / this.#leafSize); leaf < end; leaf++) {
      if (this.#done.covers(leaf, leaf + 1) || !this.#isWhole(leaf)) continue;
      if (this.#table) this.#verify(leaf, this.#table);
      else this.#waiting.add(leaf, leaf + 1);
    }
  }

  /** These bytes were verified by somebody else: whole leaves among them are done and not reported. */
  onHeld(range: ByteRange): void {
    const end = range.offset + range.length;
    this.#written.add(range.offset, end);
    const first = Math.ceil(range.offset / this.#leafSize);
    const last = end >= this.#size ? this.leafCount : Math.floor(end / this.#leafSize);
    this.#done.add(first, last);
    this.#waiting.delete(first, last);
  }

  /** Takes the leaf table, whose own hash was checked against the root, and verifies what waited for it. */
  setTable(table: Uint8Array): void {
    if (this.#table) return;
    if (table.length !== this.leafCount * HASH_SIZE)
      throw new RangeError('the leaf table has another number of leaves');
    this.#table = table;
    for (const { offset, length } of this.#waiting.ranges()) {
      for (let leaf = offset; leaf < offset + length; leaf++) this.#verify(leaf, table);
    }
    this.#waiting.delete(0, this.leafCount);
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

  #verify(leaf: number, table: Uint8Array): void {
    const start = leaf * this.#leafSize;
    const length = Math.min(this.#leafSize, this.#size - start);
    this.#store.read(start, this.#scratch.subarray(1, 1 + length));
    const digest = hash('sha256', this.#scratch.subarray(0, 1 + length), 'buffer');
    if (digest.equals(table.subarray(leaf * HASH_SIZE, (leaf + 1) * HASH_SIZE))) {
      this.#verified.add(leaf, leaf + 1);
      this.#done.add(leaf, leaf + 1);
      return;
    }
    this.#corrupt.push(leaf);
    this.#written.delete(start, start + length);
  }

  #isWhole(leaf: number): boolean {
    const start = leaf * this.#leafSize;
    return this.#written.covers(start, Math.min(start + this.#leafSize, this.#size));
  }
}
