export type MacKernelName = 'wasm' | 'javascript';

export const MAC_KEY_SIZE = 16;
export const MAC_TAG_SIZE = 16;

/** NH takes messages in chunks of so many bytes (RFC 4418 §5.1), and what is left as one. */
export const NH_CHUNK_SIZE = 1024;
/** A chunk's last group of words is filled up with zeros. */
export const NH_GROUP_SIZE = 32;
/** Of each chunk: two results of 64 bits, under keys of which the second begins 16 bytes behind the first (Toeplitz). */
export const NH_RESULT_SIZE = 16;
export const NH_KEY_SIZE = NH_CHUNK_SIZE + 16;

/**
 * What MACs are made of (docs/decisions/0015-packet-mac.md): a keyed pseudo-random function, SipHash-2-4 with 128 bits of
 * result, and a keyed hash that makes a long message short before, NH.
 *
 * Keys, memory and tag lie in the kernel's own memory, because WebAssembly can reach no other. Nothing is allocated per
 * message.
 */
export interface MacKernel {
  readonly name: MacKernelName;
  /** Of the next `sipHash`. */
  readonly key: Uint8Array;
  /** Of the next `nh`. */
  readonly nhKey: Uint8Array;
  /** Where messages are put. */
  readonly memory: Uint8Array;
  /** What the last `sipHash` gave. */
  readonly tag: Uint8Array;
  /** `length` bytes of `memory`, from `at` on, under `key`. */
  sipHash(at: number, length: number): void;
  /**
   * `length` bytes of `memory`, from `at` on, under `nhKey`: `NH_RESULT_SIZE` bytes at `resultAt` for each chunk. What is
   * behind the message, up to a whole group, must be zero. Returns where the results end.
   */
  nh(at: number, length: number, resultAt: number): number;
}
