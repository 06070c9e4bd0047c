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
    const ranges: [number, number][] = [];
    for (let leaf = 0; leaf < this.#leafCount; leaf += 1) {
      if (!this.has(leaf)) continue;
      const last = ranges.at(-1);
      if (last !== undefined && last[0] + last[1] === leaf) last[1] += 1;
      else ranges.push([leaf, 1]);
    }
    return ranges;
  }
}
