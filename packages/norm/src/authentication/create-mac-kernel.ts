import { webAssembly, type WebAssemblyApi, type WebAssemblyModule } from '../wasm/web-assembly.ts';
import { JavascriptMacKernel } from './javascript-mac-kernel.ts';
import type { MacKernel, MacKernelName } from './mac-kernel.ts';
import { compileMacKernel, WasmMacKernel } from './wasm-mac-kernel.ts';

const compiled = new WeakMap<WebAssemblyApi, WebAssemblyModule | undefined>();

/**
 * The fastest kernel that this engine has, or the one that is asked for; plain JavaScript where WebAssembly or its vectors are
 * missing, or the address space for a memory of it.
 */
export function createMacKernel(
  memorySize: number,
  name?: MacKernelName,
  api: WebAssemblyApi | null = webAssembly(),
): MacKernel {
  if (name === 'javascript') return new JavascriptMacKernel(memorySize);
  const module = compiledOnce(api);
  if (api !== null && module !== undefined) {
    try {
      return new WasmMacKernel(memorySize, api, module);
    } catch (error) {
      if (name !== undefined || !(error instanceof RangeError)) throw error;
    }
  } else if (name !== undefined) {
    throw new RangeError('this engine has no WebAssembly with vectors');
  }
  return new JavascriptMacKernel(memorySize);
}

function compiledOnce(api: WebAssemblyApi | null): WebAssemblyModule | undefined {
  if (api === null) return undefined;
  if (!compiled.has(api)) compiled.set(api, compileMacKernel(api));
  return compiled.get(api);
}
