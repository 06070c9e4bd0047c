import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFecCodec } from './create-fec-codec.ts';

const OPTIONS = { blockLength: 8, repairSymbolCount: 3, symbolSize: 40, blockCount: 1 };

test('a code needs at least one source symbol, one byte and one block, and has at most 255 symbols', () => {
  createFecCodec({ ...OPTIONS, blockLength: 252 });
  assert.throws(() => createFecCodec({ ...OPTIONS, blockLength: 253 }), RangeError);
  assert.throws(() => createFecCodec({ ...OPTIONS, blockLength: 0 }), RangeError);
  assert.throws(() => createFecCodec({ ...OPTIONS, repairSymbolCount: -1 }), RangeError);
  assert.throws(() => createFecCodec({ ...OPTIONS, symbolSize: 0 }), RangeError);
  assert.throws(() => createFecCodec({ ...OPTIONS, blockCount: 0 }), RangeError);
});

test('more blocks than 32 bits can address are refused before any memory is taken', () => {
  assert.throws(() => createFecCodec({ ...OPTIONS, symbolSize: 65_000, blockCount: 10_000 }), RangeError);
});

test('a block, a repair symbol or a source count that the code does not have is refused', () => {
  const codec = createFecCodec(OPTIONS);
  const block = codec.takeBlock();
  assert.ok(block);
  assert.throws(() => codec.encodeRepair(new Uint8Array(block.length), 8, 0), TypeError);
  assert.throws(() => codec.encodeRepair(block, 8, 3), RangeError);
  assert.throws(() => codec.encodeRepair(block, 8, -1), RangeError);
  assert.throws(() => codec.encodeRepairs(block, 8, 2, 2), RangeError);
  assert.throws(() => codec.encodeRepair(block, 9, 0), RangeError);
  assert.throws(() => codec.encodeRepair(block, 0, 0), RangeError);
  assert.throws(() => codec.decode(block, 9, new Set()), RangeError);
  assert.throws(() => codec.decode(new Uint8Array(block.length), 8, new Set()), TypeError);
});

test('two codecs do not take each other’s blocks', () => {
  const block = createFecCodec(OPTIONS).takeBlock();
  assert.ok(block);
  assert.throws(() => createFecCodec(OPTIONS).releaseBlock(block), TypeError);
});
