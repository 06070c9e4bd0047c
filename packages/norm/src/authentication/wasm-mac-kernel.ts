import { decodeBase64 } from '../wasm/base64.ts';
import { WEB_ASSEMBLY_PAGE_SIZE, type WebAssemblyApi, type WebAssemblyModule } from '../wasm/web-assembly.ts';
import { MAC_KERNEL_BASE64 } from './mac-kernel-wasm.generated.ts';
import { MAC_KEY_SIZE, MAC_TAG_SIZE, NH_GROUP_SIZE, NH_KEY_SIZE, type MacKernel } from './mac-kernel.ts';

type SipHash = (key: number, message: number, length: number, result: number) => void;
type Nh = (key: number, message: number, length: number, result: number) => number;

const KEY_AT = 0;
const TAG_AT = KEY_AT + MAC_KEY_SIZE;
/** These two on a line of the processor's cache. */
const NH_KEY_AT = 64;
const MEMORY_AT = 64 * Math.ceil((NH_KEY_AT + NH_KEY_SIZE) / 64);

/**
 * The kernel in WebAssembly, which has the 64-bit words that SipHash and the vectors that NH is made of, and JavaScript lacks
 * (assembly/mac.ts).
 */
export class WasmMacKernel implements MacKernel {
  readonly name = 'wasm';
  readonly key: Uint8Array;
  readonly nhKey: Uint8Array;
  readonly memory: Uint8Array;
  readonly tag: Uint8Array;
  readonly #sipHash: SipHash;
  readonly #nh: Nh;

  constructor(memorySize: number, api: WebAssemblyApi, module: WebAssemblyModule) {
    // The module may read up to a group past the end of a message.
    const pageCount = Math.ceil((MEMORY_AT + memorySize + NH_GROUP_SIZE) / WEB_ASSEMBLY_PAGE_SIZE);
    const memory = new api.Memory({ initial: pageCount, maximum: pageCount });
    this.key = new Uint8Array(memory.buffer, KEY_AT, MAC_KEY_SIZE);
    this.tag = new Uint8Array(memory.buffer, TAG_AT, MAC_TAG_SIZE);
    this.nhKey = new Uint8Array(memory.buffer, NH_KEY_AT, NH_KEY_SIZE);
    this.memory = new Uint8Array(memory.buffer, MEMORY_AT, memorySize);
    const { exports } = new api.Instance(module, { env: { memory } });
    this.#sipHash = exports['sipHash'] as SipHash;
    this.#nh = exports['nh'] as Nh;
  }

  sipHash(at: number, length: number): void {
    this.#sipHash(KEY_AT, MEMORY_AT + at, length, TAG_AT);
  }

  nh(at: number, length: number, resultAt: number): number {
    return this.#nh(NH_KEY_AT, MEMORY_AT + at, length, MEMORY_AT + resultAt) - MEMORY_AT;
  }
}

/** Compiles the module; undefined where the engine cannot. */
export function compileMacKernel(api: WebAssemblyApi): WebAssemblyModule | undefined {
  const bytes = decodeBase64(MAC_KERNEL_BASE64);
  return api.validate(bytes) ? new api.Module(bytes) : undefined;
}
