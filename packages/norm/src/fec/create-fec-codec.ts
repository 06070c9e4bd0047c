import { BLOCK_MEMORY_SIZE_MAX_BYTES, ENCODING_SYMBOL_COUNT_MAX } from '../limits.ts';
import { BlockCodec, blockSize } from './block-codec.ts';
import { createGaloisKernel } from './create-galois-kernel.ts';
import type { FecCodec, FecCodecOptions } from './fec-codec.ts';
import { UncodedBlocks } from './uncoded-blocks.ts';

/** Throws a `RangeError` for a code that does not exist, and for more memory than can be had. */
export function createFecCodec(options: FecCodecOptions): FecCodec {
  const { blockLength, repairSymbolCount, symbolSize, blockCount } = options;
  if (!(blockLength >= 1 && repairSymbolCount >= 0 && symbolSize >= 1 && blockCount >= 1)) {
    throw new RangeError('block length, symbol size and block count are at least 1, the repair symbol count 0');
  }
  if (repairSymbolCount === 0) return new UncodedBlocks(options, blockCount);
  if (blockLength + repairSymbolCount > ENCODING_SYMBOL_COUNT_MAX) {
    throw new RangeError(`a code has at most ${ENCODING_SYMBOL_COUNT_MAX} symbols in a block`);
  }
  const memorySize = blockSize(options) * blockCount;
  if (memorySize > BLOCK_MEMORY_SIZE_MAX_BYTES) {
    throw new RangeError(`${blockCount} blocks take ${memorySize} bytes, more than ${BLOCK_MEMORY_SIZE_MAX_BYTES}`);
  }
  const size = {
    memorySize,
    rowCount: 2 * repairSymbolCount,
    columnCount: blockLength,
  };
  return new BlockCodec(options, createGaloisKernel(size, options.kernel), blockCount);
}
