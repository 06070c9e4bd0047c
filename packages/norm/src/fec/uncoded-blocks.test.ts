import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFecCodec } from './create-fec-codec.ts';

test('without repair symbols a codec has blocks of any length, and no kernel', () => {
  const codec = createFecCodec({ blockLength: 1000, repairSymbolCount: 0, symbolSize: 10, blockCount: 2 });
  assert.equal(codec.kernelName, undefined);
  const block = codec.takeBlock();
  assert.equal(block?.length, 10_000);
  assert.equal(codec.freeBlockCount, 1);
  codec.releaseBlock(block);
  assert.equal(codec.freeBlockCount, 2);
});

test('without repair symbols a block is complete when nothing is missing', () => {
  const codec = createFecCodec({ blockLength: 4, repairSymbolCount: 0, symbolSize: 10, blockCount: 1 });
  const block = codec.takeBlock();
  assert.ok(block);
  assert.equal(codec.decode(block, 3, new Set([0, 1, 2])), true);
  assert.equal(codec.decode(block, 3, new Set([0, 2, 3])), false);
  codec.encodeRepairs(block, 3, 0, 0);
  assert.throws(() => codec.encodeRepairs(block, 3, 0, 1), RangeError);
  assert.throws(() => codec.encodeRepair(block, 3, 0), RangeError);
});
