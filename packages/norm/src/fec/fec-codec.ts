import type { GaloisKernelName } from './galois-kernel.ts';

export interface FecCodecOptions {
  /** Source symbols of a full block (k). A block may be shorter; it is then the same code, shortened. */
  readonly blockLength: number;
  /** Repair symbols that can be made for a block (r). 0 means no code: the codec is then only a pool of buffers. */
  readonly repairSymbolCount: number;
  /** Bytes of a symbol. */
  readonly symbolSize: number;
  /** Block buffers to hold ready. They take up memory only once they are written to. */
  readonly blockCount: number;
  /** Default: WebAssembly SIMD where the engine has it, plain JavaScript elsewhere. */
  readonly kernel?: GaloisKernelName;
}

/** How a session comes by the codec of a shape of block: `createFecCodec`, where the application has no other. */
export type CreateFecCodec = (options: FecCodecOptions) => FecCodec;

/** Which encoding symbols of a block are there. A `Set<number>` is one. */
export interface SymbolSet {
  has(encodingSymbolId: number): boolean;
}

/**
 * The erasure code of one object, and the block buffers that it works on.
 *
 * A block buffer holds the encoding symbols in the order of their ids: symbol `id` lies at `id × symbolSize`, the
 * source symbols at ids 0 to sourceCount − 1, the repair symbols from sourceCount on. The source part of a block is so
 * one run of bytes that can be read from and written to a file at once, and the receiver puts each symbol, source or
 * repair, to its place with one copy. Buffers come from `takeBlock`, since the kernel reaches only its own memory.
 *
 * The last source symbol of an object may be short: the caller fills the rest of it with zeros, on both sides.
 */
export interface FecCodec {
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly symbolSize: number;
  /** Undefined where there is no code. */
  readonly kernelName: GaloisKernelName | undefined;

  /** A buffer of (blockLength + repairSymbolCount) × symbolSize bytes with arbitrary content; undefined when all are taken. */
  takeBlock(): Uint8Array | undefined;
  /** Gives a buffer back. It must not be used afterwards. */
  releaseBlock(block: Uint8Array): void;
  /** Buffers that `takeBlock` can still give. */
  readonly freeBlockCount: number;

  /** Computes repair symbol `repairIndex` (from 0) at its place in the block. */
  encodeRepair(block: Uint8Array, sourceCount: number, repairIndex: number): void;
  /** Computes `count` repair symbols from `firstRepairIndex` on: much faster than one by one. */
  encodeRepairs(block: Uint8Array, sourceCount: number, firstRepairIndex: number, count: number): void;

  /**
   * Restores every source symbol that `have` lacks, in place, from the repair symbols that it has. Returns false, and
   * changes nothing, when there are fewer than `sourceCount` symbols in all. Repair symbols are left as they were.
   */
  decode(block: Uint8Array, sourceCount: number, have: SymbolSet): boolean;
}
