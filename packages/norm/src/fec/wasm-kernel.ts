import { decodeBase64 } from '../wasm/base64.ts';
import { PRIMITIVE_POLYNOMIAL } from './galois-field.ts';
import type { GaloisKernel, GaloisKernelSize } from './galois-kernel.ts';
import { KERNEL_BASE64 } from './kernel-wasm.generated.ts';
import { WEB_ASSEMBLY_PAGE_SIZE, type WebAssemblyApi, type WebAssemblyModule } from '../wasm/web-assembly.ts';

/** Two tables of 16 products for each coefficient. */
const TABLES_SIZE = 32;
const CACHE_LINE_SIZE = 64;
/** What assembly/combine.ts keeps for itself behind the tables: 8 pairs of them, and 8 sums of 2112 bytes. */
const WORKING_AREA_SIZE = 8 * TABLES_SIZE + 8 * 2112;
/** How far the module may read past the end of a symbol. */
const READ_AHEAD_SIZE = 32;

type Combine = (
  coefficients: number,
  rowSize: number,
  targets: number,
  targetCount: number,
  sources: number,
  sourceCount: number,
  base: number,
  length: number,
) => void;

/**
 * The kernel in WebAssembly with 128-bit vectors (assembly/combine.ts).
 *
 * Its linear memory holds, in this order: the multiplication tables of all coefficients from address 0 on, the module's
 * working area, the coefficient matrix, the addresses of the sources, those of the targets, and then what users see as
 * `memory`. It has its full size from the start: growing would detach every view of it, while pages that were never
 * written to cost nothing.
 */
export class WasmKernel implements GaloisKernel {
  readonly name = 'wasm-simd';
  readonly memory: Uint8Array;
  readonly sources: Uint32Array;
  readonly targets: Uint32Array;
  readonly #coefficients: Uint16Array;
  readonly #columnCount: number;
  readonly #combine: Combine;
  readonly #tables: Uint8Array;
  #areTablesFilled = false;

  constructor(size: GaloisKernelSize, api: WebAssemblyApi, module: WebAssemblyModule) {
    const { rowCount, columnCount, memorySize } = size;
    const tablesSize = 256 * TABLES_SIZE;
    const coefficientsAt = tablesSize + WORKING_AREA_SIZE;
    const sourcesAt = align(coefficientsAt + 2 * rowCount * columnCount, 4);
    const targetsAt = sourcesAt + 4 * columnCount;
    const memoryAt = align(targetsAt + 4 * rowCount, CACHE_LINE_SIZE);
    const pageCount = Math.ceil((memoryAt + memorySize + READ_AHEAD_SIZE) / WEB_ASSEMBLY_PAGE_SIZE);
    const linear = new api.Memory({ initial: pageCount, maximum: pageCount });
    this.memory = new Uint8Array(linear.buffer, memoryAt, memorySize);
    this.sources = new Uint32Array(linear.buffer, sourcesAt, columnCount);
    this.targets = new Uint32Array(linear.buffer, targetsAt, rowCount);
    this.#coefficients = new Uint16Array(linear.buffer, coefficientsAt, rowCount * columnCount);
    this.#columnCount = columnCount;
    this.#combine = new api.Instance(module, { env: { memory: linear } }).exports['combine'] as Combine;
    this.#tables = new Uint8Array(linear.buffer, 0, tablesSize);
  }

  setCoefficient(row: number, column: number, value: number): void {
    this.#coefficients[row * this.#columnCount + column] = value * TABLES_SIZE;
  }

  combine(firstRow: number, targetCount: number, sourceCount: number, length: number): void {
    if (!this.#areTablesFilled) {
      fillTables(this.#tables);
      this.#areTablesFilled = true;
    }
    const rowSize = 2 * this.#columnCount;
    this.#combine(
      this.#coefficients.byteOffset + firstRow * rowSize,
      rowSize,
      this.targets.byteOffset,
      targetCount,
      this.sources.byteOffset,
      sourceCount,
      this.memory.byteOffset,
      length,
    );
  }
}

/** Compiles the module; undefined where the engine does not know its (relaxed) vector instructions. */
export function compileKernel(api: WebAssemblyApi): WebAssemblyModule | undefined {
  const bytes = decodeBase64(KERNEL_BASE64);
  return api.validate(bytes) ? new api.Module(bytes) : undefined;
}

/** For each coefficient its products by 0 to 15, then those by 0, 16, … 240. */
function fillTables(tables: Uint8Array): void {
  // Products by 0 are 0, as the memory is. Those by another coefficient follow each other by doubling the other factor,
  // and the product by a sum is the sum of the products.
  for (let coefficient = 1; coefficient < 256; coefficient++) {
    const at = coefficient * TABLES_SIZE;
    for (let half = 0, product = coefficient; half < 2; half++) {
      for (let bit = 1; bit < 16; bit <<= 1) {
        for (let rest = 0; rest < bit; rest++)
          tables[at + half * 16 + bit + rest] = product ^ tables[at + half * 16 + rest]!;
        product <<= 1;
        if (product > 255) product ^= PRIMITIVE_POLYNOMIAL;
      }
    }
  }
}

function align(address: number, alignment: number): number {
  return Math.ceil(address / alignment) * alignment;
}
