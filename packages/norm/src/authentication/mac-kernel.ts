export type MacKernelName = 'wasm' | 'javascript';

export const MAC_KEY_SIZE = 16;
export const MAC_TAG_SIZE = 16;

/**
 * A keyed pseudo-random function over messages: SipHash-2-4 with 128 bits of result (docs/decisions/0015-packet-mac.md).
 *
 * Key, message and tag lie in the kernel's own memory, because WebAssembly can reach no other. Nothing is allocated per
 * message.
 */
export interface MacKernel {
  readonly name: MacKernelName;
  /** The key of the next `compute`. */
  readonly key: Uint8Array;
  /** The message of the next `compute`, from its beginning on. */
  readonly message: Uint8Array;
  /** What the last `compute` gave. */
  readonly tag: Uint8Array;
  /** `length` bytes of `message` under `key`; none of both is changed. */
  compute(length: number): void;
}
