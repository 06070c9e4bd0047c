import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangeSet } from './range-set.ts';

const SPACE = 40;
const step = fc.record({
  isAdd: fc.boolean(),
  start: fc.integer({ min: 0, max: SPACE }),
  length: fc.integer({ min: 0, max: 12 }),
});

test('a range set holds what a set of its members would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const ranges = new RangeSet();
      const members = new Set<number>();
      for (const { isAdd, start, length } of steps) {
        if (isAdd) ranges.add(start, start + length);
        else ranges.delete(start, start + length);
        for (let member = start; member < start + length; member += 1) {
          if (isAdd) members.add(member);
          else members.delete(member);
        }
        assert.equal(ranges.size, members.size);
      }
      let prefixLength = 0;
      while (members.has(prefixLength)) prefixLength += 1;
      assert.equal(ranges.prefixLength, prefixLength);
      const listed = ranges.ranges().flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i));
      assert.deepEqual(
        listed,
        [...members].sort((a, b) => a - b),
      );
      const missing = ranges
        .gaps(3, SPACE)
        .flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i));
      assert.deepEqual(
        missing,
        Array.from({ length: SPACE - 3 }, (_, i) => i + 3).filter((member) => !members.has(member)),
      );
      for (let start = 0; start < SPACE; start += 5) {
        const isCovered = [0, 1, 2].every((i) => members.has(start + i));
        assert.equal(ranges.covers(start, start + 3), isCovered);
      }
    }),
  );
});

test('runs that touch become one', () => {
  const ranges = new RangeSet();
  ranges.add(0, 5);
  ranges.add(10, 15);
  ranges.add(5, 10);
  assert.deepEqual(ranges.ranges(), [{ offset: 0, length: 15 }]);
  assert.equal(ranges.runCount, 1);
});
