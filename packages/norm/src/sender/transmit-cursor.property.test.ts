import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockPartition } from '../object/block-partition.ts';
import { TransmitCursor } from './transmit-cursor.ts';

function walk(partition: BlockPartition, cursor: TransmitCursor): { symbols: number[]; left: number[] } {
  const symbols: number[] = [];
  const left: number[] = [];
  while (!cursor.isDone) {
    const { block } = cursor;
    symbols.push(partition.firstSymbolOf(block) + cursor.encodingSymbolId);
    if (cursor.advance()) left.push(block);
  }
  return { symbols, left };
}

test('without ranges every symbol comes once, in order, and every block is left once', () => {
  fc.assert(
    fc.property(
      fc.nat(20_000),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 64 }),
      (size, symbolSize, k) => {
        const partition = new BlockPartition(size, symbolSize, k);
        const { symbols, left } = walk(partition, new TransmitCursor(partition));
        assert.deepEqual(
          symbols,
          Array.from({ length: partition.symbolCount }, (_, symbol) => symbol),
        );
        assert.deepEqual(
          left,
          Array.from({ length: partition.blockCount }, (_, block) => block),
        );
      },
    ),
  );
});

test('with ranges exactly the symbols come that they touch', () => {
  const ranges = fc.array(fc.record({ offset: fc.nat(9999), length: fc.nat(500) }), { maxLength: 6 });
  fc.assert(
    fc.property(ranges, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 64 }), (drawn, symbolSize, k) => {
      const partition = new BlockPartition(10_000, symbolSize, k);
      const bounded = drawn.map(({ offset, length }) => ({ offset, length: Math.min(length, 10_000 - offset) }));
      const touched = new Set<number>();
      for (const { offset, length } of bounded) {
        for (let byte = offset; byte < offset + length; byte += 1) touched.add(Math.floor(byte / symbolSize));
      }
      const { symbols } = walk(partition, new TransmitCursor(partition, bounded));
      assert.deepEqual(
        symbols,
        [...touched].sort((a, b) => a - b),
      );
    }),
  );
});

test('a block has been passed once the cursor is in a later one', () => {
  const partition = new BlockPartition(10, 1, 5);
  const cursor = new TransmitCursor(partition);
  for (let symbol = 0; symbol < 5; symbol += 1) cursor.advance();
  assert.deepEqual([cursor.hasPassed(0), cursor.hasPassed(1)], [true, false]);
});

test('a range outside the object is refused', () => {
  const partition = new BlockPartition(10, 1, 5);
  assert.throws(() => new TransmitCursor(partition, [{ offset: 5, length: 6 }]), RangeError);
});
