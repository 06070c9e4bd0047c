import { multiply } from './galois-field.ts';
import type { GaloisKernel, GaloisKernelSize } from './galois-kernel.ts';

/**
 * The kernel for engines without WebAssembly SIMD, and the plain statement of what the other one must compute.
 *
 * One row of the multiplication table (256 products) per coefficient: a source byte is looked up and added to the
 * target. Four sources are combined in one pass, which saves three of four reads and writes of the target.
 */
export class JavascriptKernel implements GaloisKernel {
  readonly name = 'javascript';
  readonly memory: Uint8Array;
  readonly sources: Uint32Array;
  readonly targets: Uint32Array;
  readonly #coefficients: Uint8Array;
  readonly #columnCount: number;
  readonly #products = productTable();

  constructor(size: GaloisKernelSize) {
    this.memory = new Uint8Array(size.memorySize);
    this.sources = new Uint32Array(size.columnCount);
    this.targets = new Uint32Array(size.rowCount);
    this.#coefficients = new Uint8Array(size.rowCount * size.columnCount);
    this.#columnCount = size.columnCount;
  }

  setCoefficient(row: number, column: number, value: number): void {
    this.#coefficients[row * this.#columnCount + column] = value;
  }

  combine(firstRow: number, targetCount: number, sourceCount: number, length: number): void {
    for (let i = 0; i < targetCount; i++) {
      const target = this.targets[i]!;
      const row = (firstRow + i) * this.#columnCount;
      this.memory.fill(0, target, target + length);
      let column = 0;
      for (; column + 4 <= sourceCount; column += 4) this.#addFour(target, row, column, length);
      for (; column < sourceCount; column++) this.#addOne(target, row, column, length);
    }
  }

  #addFour(target: number, row: number, column: number, length: number): void {
    const memory = this.memory;
    const products = this.#products;
    const a = this.sources[column]!;
    const b = this.sources[column + 1]!;
    const c = this.sources[column + 2]!;
    const d = this.sources[column + 3]!;
    const productsOfA = this.#coefficients[row + column]! << 8;
    const productsOfB = this.#coefficients[row + column + 1]! << 8;
    const productsOfC = this.#coefficients[row + column + 2]! << 8;
    const productsOfD = this.#coefficients[row + column + 3]! << 8;
    for (let i = 0; i < length; i++) {
      memory[target + i]! ^=
        products[productsOfA | memory[a + i]!]! ^
        products[productsOfB | memory[b + i]!]! ^
        products[productsOfC | memory[c + i]!]! ^
        products[productsOfD | memory[d + i]!]!;
    }
  }

  #addOne(target: number, row: number, column: number, length: number): void {
    const memory = this.memory;
    const products = this.#products;
    const source = this.sources[column]!;
    const productsOfSource = this.#coefficients[row + column]! << 8;
    for (let i = 0; i < length; i++) memory[target + i]! ^= products[productsOfSource | memory[source + i]!]!;
  }
}

let sharedProductTable: Uint8Array | undefined;

/** The whole multiplication table, 64 KiB, made when the first kernel needs it: a × b is at a · 256 + b. */
function productTable(): Uint8Array {
  if (sharedProductTable === undefined) {
    sharedProductTable = new Uint8Array(256 * 256);
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) sharedProductTable[(a << 8) | b] = multiply(a, b);
    }
  }
  return sharedProductTable;
}
