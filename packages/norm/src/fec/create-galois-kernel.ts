import type { GaloisKernel, GaloisKernelName, GaloisKernelSize } from './galois-kernel.ts';
import { JavascriptKernel } from './javascript-kernel.ts';
import { compileKernel, WasmKernel } from './wasm-kernel.ts';
import { type WebAssemblyApi, type WebAssemblyModule, webAssembly } from '../wasm/web-assembly.ts';

/** One compilation for all kernels: the code that the engine optimised for one serves the next. */
const compiled = new WeakMap<WebAssemblyApi, WebAssemblyModule | undefined>();

/**
 * The fastest kernel that this engine has, or the one that is asked for.
 *
 * Not only the instructions can be missing: each WebAssembly memory wants gigabytes of address space, which a process
 * may not be allowed. Plain JavaScript does the same work then, slower; the codec's `kernelName` says which it was.
 */
export function createGaloisKernel(
  size: GaloisKernelSize,
  name?: GaloisKernelName,
  api: WebAssemblyApi | null = webAssembly(),
): GaloisKernel {
  if (name === 'javascript') return new JavascriptKernel(size);
  const module = compiledOnce(api);
  if (api !== null && module !== undefined) {
    try {
      return new WasmKernel(size, api, module);
    } catch (error) {
      if (name !== undefined || !(error instanceof RangeError)) throw error;
    }
  } else if (name !== undefined) {
    throw new RangeError('this engine has no WebAssembly with SIMD');
  }
  return new JavascriptKernel(size);
}

/** What `createGaloisKernel` takes in this engine, unless memory is short. */
export function fastestKernelName(api: WebAssemblyApi | null = webAssembly()): GaloisKernelName {
  return compiledOnce(api) === undefined ? 'javascript' : 'wasm-simd';
}

function compiledOnce(api: WebAssemblyApi | null): WebAssemblyModule | undefined {
  if (api === null) return undefined;
  if (!compiled.has(api)) compiled.set(api, compileKernel(api));
  return compiled.get(api);
}
