/**
 * Views of the payloads of received datagrams. A socket puts datagram i to the same place of its arena again and again:
 * the view that was made for it once serves for all that follow, so that nothing is allocated per packet.
 */
export class PayloadViews {
  #views: (Uint8Array | undefined)[] = [];
  /** Compared as it is: to ask a view for its buffer takes longer than to copy what it shows. */
  #arena: Uint8Array | undefined;

  of(bytes: Uint8Array, index: number, offset: number, length: number): Uint8Array {
    if (bytes !== this.#arena) {
      this.#arena = bytes;
      this.#views = [];
    }
    const known = this.#views[index];
    if (known !== undefined && known.length === length && known.byteOffset === bytes.byteOffset + offset) return known;
    const view = bytes.subarray(offset, offset + length);
    this.#views[index] = view;
    return view;
  }
}
