import { BlockCodec, blockSize } from './block-codec.ts';
import type { FecCodec, FecCodecOptions } from './fec-codec.ts';
import { createGaloisKernel } from './create-galois-kernel.ts';
import { UncodedBlocks } from './uncoded-blocks.ts';

/** Throws a `RangeError` for a code that does not exist, and for more memory than can be had. */
export function createFecCodec(options: FecCodecOptions): FecCodec {
  const { blockLength, repairSymbolCount, symbolSize, blockCount } = options;
  if (!(blockLength >= 1 && repairSymbolCount >= 0 && symbolSize >= 1 && blockCount >= 1)) {
    throw new RangeError('block length, symbol size and block count are at least 1, the repair symbol count 0');
  }
  if (repairSymbolCount === 0) return new UncodedBlocks(options, blockCount);
  const size = {
    memorySize: blockSize(options) * blockCount,
    rowCount: 2 * repairSymbolCount,
    columnCount: blockLength,
  };
  return new BlockCodec(options, createGaloisKernel(size, options.kernel), blockCount);
}
