/**
 * A block buffer of a codec, with a view of each symbol made once: so copying a symbol in or out allocates nothing.
 */
export class BlockSlot {
  readonly bytes: Uint8Array;
  readonly #symbolSize: number;
  readonly #views: (Uint8Array | undefined)[];

  constructor(bytes: Uint8Array, symbolSize: number) {
    this.bytes = bytes;
    this.#symbolSize = symbolSize;
    this.#views = Array.from({ length: bytes.length / symbolSize });
  }

  /** The place of a symbol, full length. */
  symbol(encodingSymbolId: number): Uint8Array {
    let view = this.#views[encodingSymbolId];
    if (view === undefined) {
      const start = encodingSymbolId * this.#symbolSize;
      view = this.bytes.subarray(start, start + this.#symbolSize);
      this.#views[encodingSymbolId] = view;
    }
    return view;
  }
}
