import { decodeBase64 } from '../wasm/base64.ts';
import { WEB_ASSEMBLY_PAGE_SIZE, type WebAssemblyApi, type WebAssemblyModule } from '../wasm/web-assembly.ts';
import { MAC_KERNEL_BASE64 } from './mac-kernel-wasm.generated.ts';
import { MAC_KEY_SIZE, MAC_TAG_SIZE, type MacKernel } from './mac-kernel.ts';

type SipHash = (key: number, message: number, length: number, result: number) => void;

const KEY_AT = 0;
const TAG_AT = KEY_AT + MAC_KEY_SIZE;
/** On a line of the processor's cache. */
const MESSAGE_AT = 64;
/** How far the module may read past the end of a message. */
const READ_AHEAD_SIZE = 8;

/** The kernel in WebAssembly, which has the 64-bit words that SipHash is made of and JavaScript lacks (assembly/sip-hash.ts). */
export class WasmMacKernel implements MacKernel {
  readonly name = 'wasm';
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly tag: Uint8Array;
  readonly #sipHash: SipHash;

  constructor(messageSizeMax: number, api: WebAssemblyApi, module: WebAssemblyModule) {
    const pageCount = Math.ceil((MESSAGE_AT + messageSizeMax + READ_AHEAD_SIZE) / WEB_ASSEMBLY_PAGE_SIZE);
    const memory = new api.Memory({ initial: pageCount, maximum: pageCount });
    this.key = new Uint8Array(memory.buffer, KEY_AT, MAC_KEY_SIZE);
    this.tag = new Uint8Array(memory.buffer, TAG_AT, MAC_TAG_SIZE);
    this.message = new Uint8Array(memory.buffer, MESSAGE_AT, messageSizeMax);
    this.#sipHash = new api.Instance(module, { env: { memory } }).exports['sipHash'] as SipHash;
  }

  compute(length: number): void {
    this.#sipHash(KEY_AT, MESSAGE_AT, length, TAG_AT);
  }
}

/** Compiles the module; undefined where the engine cannot. */
export function compileMacKernel(api: WebAssemblyApi): WebAssemblyModule | undefined {
  const bytes = decodeBase64(MAC_KERNEL_BASE64);
  return api.validate(bytes) ? new api.Module(bytes) : undefined;
}
