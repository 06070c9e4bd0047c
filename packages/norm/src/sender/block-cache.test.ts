import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFecCodec } from '../fec/create-fec-codec.ts';
import { BlockCache } from './block-cache.ts';
import { SenderObject } from './sender-object.ts';

const OTI = { transferLength: 395, encodingSymbolLength: 10, maximumSourceBlockLength: 8, repairSymbolCount: 4 };

function testObject(reads: number[]): SenderObject {
  const source = {
    size: OTI.transferLength,
    read: (offset: number, target: Uint8Array): void => {
      reads.push(offset);
      for (let index = 0; index < target.length; index += 1) target[index] = offset + index;
    },
  };
  return new SenderObject(0, { source }, OTI);
}

function cacheOf(blockCount: number): BlockCache {
  return new BlockCache(createFecCodec({ blockLength: 8, repairSymbolCount: 4, symbolSize: 10, blockCount }));
}

test('a block is read once, whole, as long as there is room; the least recently used makes room', () => {
  const reads: number[] = [];
  const object = testObject(reads);
  const cache = cacheOf(2);
  for (const block of [0, 1, 0, 2, 0, 1]) cache.load(object, block);
  assert.deepEqual(reads, [0, 80, 160, 80]);
});

test('the end of a short last symbol counts as zeros', () => {
  const object = testObject([]);
  const { slot } = cacheOf(1).load(object, 4);
  assert.deepEqual(slot.symbol(7), Uint8Array.from([390, 391, 392, 393, 394, 0, 0, 0, 0, 0]));
});

test('repair symbols that are computed together are those that are computed one by one', () => {
  const object = testObject([]);
  const together = cacheOf(1);
  const single = cacheOf(1);
  together.repairSymbol(together.load(object, 1), 0, 4);
  for (let index = 0; index < 4; index += 1) {
    assert.deepEqual(
      together.repairSymbol(together.load(object, 1), index, 1),
      single.repairSymbol(single.load(object, 1), index, 1),
    );
  }
});

test('a source that fails is the caller’s to see, and leaves nothing behind', () => {
  let isBroken = true;
  const source = {
    size: OTI.transferLength,
    read: (): void => {
      if (isBroken) throw new Error('gone');
    },
  };
  const object = new SenderObject(0, { source }, OTI);
  const cache = cacheOf(1);
  assert.throws(() => cache.load(object, 0), /gone/);
  isBroken = false;
  assert.equal(cache.load(object, 0).block, 0);
});
