import { leafLength, type LeafRange } from '@rollcall/api';

export interface AssembledLeaf {
  readonly leaf: number;
  /** Good until the next call. */
  readonly bytes: Uint8Array;
}

/** Cuts a stream of leaves, back to back in the order asked for, into leaves. Holds one leaf, however they arrive. */
export class LeafAssembler {
  readonly #content: { readonly size: number; readonly leafSize: number };
  readonly #leaves: readonly number[];
  readonly #buffer: Uint8Array;
  #index = 0;
  #filled = 0;

  constructor(content: { readonly size: number; readonly leafSize: number }, ranges: readonly LeafRange[]) {
    this.#content = content;
    this.#leaves = ranges.flatMap(([first, count]) => Array.from({ length: count }, (_, index) => first + index));
    this.#buffer = new Uint8Array(Math.min(content.leafSize, content.size));
  }

  get isWhole(): boolean {
    return this.#index === this.#leaves.length;
  }

  /** The leaves that this chunk completes. Bytes after the last one are an error of the server's: more than was asked for. */
  *push(chunk: Uint8Array): Generator<AssembledLeaf> {
    for (let offset = 0; offset < chunk.length;) {
      const leaf = this.#leaves[this.#index];
      if (leaf === undefined) throw new Error('the server sent more than was asked for');
      const length = leafLength(this.#content.size, this.#content.leafSize, leaf);
      const part = chunk.subarray(offset, offset + length - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      offset += part.length;
      if (this.#filled < length) return;
      this.#filled = 0;
      this.#index += 1;
      yield { leaf, bytes: this.#buffer.subarray(0, length) };
    }
  }
}
