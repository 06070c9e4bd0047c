export type GaloisKernelName = 'wasm-simd' | 'javascript';

/** How much room a kernel makes when it is created. Nothing is allocated afterwards. */
export interface GaloisKernelSize {
  /** Bytes of `memory`. */
  readonly memorySize: number;
  /** Rows and columns of the coefficient matrix; a call combines at most `columnCount` sources. */
  readonly rowCount: number;
  readonly columnCount: number;
}

/**
 * The inner loop of the erasure code: linear combinations of symbols over GF(2^8).
 *
 * Everything that is multiplied lies in the kernel's own memory, because WebAssembly can reach no other: who wants a
 * symbol combined has it received, or read from the file, straight into `memory`. All addresses below are offsets into
 * it. The memory never grows, so a view of it stays valid for as long as the kernel lives.
 */
export interface GaloisKernel {
  readonly name: GaloisKernelName;
  readonly memory: Uint8Array;
  /** Addresses of the sources of the next `combine`, one per column. */
  readonly sources: Uint32Array;
  /** Addresses of the targets of the next `combine`, one per row. */
  readonly targets: Uint32Array;

  setCoefficient(row: number, column: number, value: number): void;

  /**
   * For each of `targetCount` targets: overwrites `length` bytes at `targets[i]` with the sum over all j below
   * `sourceCount` of coefficient (firstRow + i, j) times the `length` bytes at `sources[j]`.
   *
   * A target may not overlap a source or another target: several targets are computed at once.
   */
  combine(firstRow: number, targetCount: number, sourceCount: number, length: number): void;
}
