import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockPartition } from './block-partition.ts';

const shape = fc.record({
  size: fc.integer({ min: 0, max: 100_000 }),
  symbolSize: fc.integer({ min: 1, max: 1500 }),
  blockLength: fc.integer({ min: 1, max: 255 }),
});

test('blocks follow each other without gap, are no longer than allowed, and differ by one symbol at most', () => {
  fc.assert(
    fc.property(shape, ({ size, symbolSize, blockLength }) => {
      const partition = new BlockPartition(size, symbolSize, blockLength);
      let symbol = 0;
      let bytes = 0;
      for (let block = 0; block < partition.blockCount; block += 1) {
        const length = partition.lengthOf(block);
        assert.ok(length >= 1 && length <= blockLength);
        assert.ok(partition.largeBlockLength - length <= 1);
        assert.equal(partition.firstSymbolOf(block), symbol);
        assert.equal(partition.blockOf(symbol), block);
        assert.equal(partition.blockOf(symbol + length - 1), block);
        assert.equal(partition.offsetOf(block), bytes);
        symbol += length;
        bytes += partition.bytesOf(block);
      }
      assert.equal(symbol, partition.symbolCount);
      assert.equal(bytes, size);
      assert.equal(partition.symbolBytes(partition.symbolCount - 1), size - (partition.symbolCount - 1) * symbolSize);
    }),
  );
});

test('an object of 0 bytes is one block with one empty symbol', () => {
  const partition = new BlockPartition(0, 1400, 64);
  assert.deepEqual([partition.blockCount, partition.lengthOf(0), partition.symbolBytes(0)], [1, 1, 0]);
});

test('1000 symbols in blocks of at most 64 are 8 blocks of 63 and 8 of 62 (RFC 5052 §9.1)', () => {
  const { blockCount, largeBlockCount, largeBlockLength, smallBlockLength } = new BlockPartition(1000, 1, 64);
  assert.deepEqual([blockCount, largeBlockCount, largeBlockLength, smallBlockLength], [16, 8, 63, 62]);
});
