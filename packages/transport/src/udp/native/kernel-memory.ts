import type { Libc } from './libc.ts';

/**
 * Memory that the kernel knows by its address. The buffer never moves; whoever holds this object keeps it alive, so it
 * must live as long as anything that was told its address.
 */
export class KernelMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly address: number;

  constructor(libc: Libc, size: number) {
    // An explicit ArrayBuffer: a small typed array of its own would lie on the heap, where the collector moves it.
    const buffer = new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.address = libc.addressOf(this.bytes);
  }

  setInt32(offset: number, value: number): this {
    this.view.setInt32(offset, value, true);
    return this;
  }

  /** A pointer or a size_t, without a BigInt for each. */
  setWord(offset: number, value: number): void {
    this.view.setUint32(offset, value % 2 ** 32, true);
    this.view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
  }
}
