import type { LeafRange } from '@rollcall/api';

/** One bit a leaf, least significant first: the form in which the journal keeps them and `missingLeafRanges` reads them. */
export class LeafBits {
  readonly bytes: Uint8Array;
  readonly #leafCount: number;

  /** Takes bytes of any length: what is short is not set, what is beyond the last leaf is dropped. */
  constructor(leafCount: number, bytes: Uint8Array = new Uint8Array(0)) {
    this.#leafCount = leafCount;
    this.bytes = new Uint8Array(Math.ceil(leafCount / 8));
    this.bytes.set(bytes.subarray(0, this.bytes.length));
    const spare = this.bytes.length * 8 - leafCount;
    if (spare > 0) this.bytes[this.bytes.length - 1]! &= 0xff >> spare;
  }

  has(leaf: number): boolean {
    return ((this.bytes[leaf >> 3]! >> (leaf & 7)) & 1) === 1;
  }

  set(leaf: number): void {
    this.bytes[leaf >> 3]! |= 1 << (leaf & 7);
  }

  delete(leaf: number): void {
    this.bytes[leaf >> 3]! &= ~(1 << (leaf & 7));
  }

  /** Runs of leaves whose bit is set. */
  ranges(): LeafRange[] {
    const ranges: LeafRange[] = [];
    let first = -1;
    for (let leaf = 0; leaf < this.#leafCount; leaf += 1) {
      // Mostly none or all of eight neighbours are held.
      if ((leaf & 7) === 0 && this.bytes[leaf >> 3] === (first < 0 ? 0 : 0xff)) leaf += 7;
      else if (this.has(leaf)) {
        if (first < 0) first = leaf;
      } else if (first >= 0) {
        ranges.push([first, leaf - first]);
        first = -1;
      }
    }
    if (first >= 0) ranges.push([first, this.#leafCount - first]);
    return ranges;
  }
}
