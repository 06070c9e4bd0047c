import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextSequence, nextToi, sequenceDifference, toiDifference } from './serial.ts';

test('a difference is the shorter way round', () => {
  assert.equal(sequenceDifference(5, 3), 2);
  assert.equal(sequenceDifference(3, 5), -2);
  assert.equal(sequenceDifference(1, 0xffff), 2);
  assert.equal(toiDifference(0xffff, 1), -2);
});

test('what is less than half the circle ahead is ahead', () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.nat(0x7fff), (start, step) => {
      assert.equal(sequenceDifference((start + step) & 0xffff, start), step);
      assert.equal(toiDifference(start, (start + step) & 0xffff) + step, 0);
    }),
  );
});

test('numbers wrap at 16 bits', () => {
  assert.equal(nextSequence(0xffff), 0);
  assert.equal(nextToi(0xffff), 0);
  assert.equal(nextToi(7), 8);
});
