import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from './random.ts';

test('the same seed gives the same numbers, another seed others', () => {
  const numbers = (seed: number): number[] => {
    const random = new Random(seed);
    return Array.from({ length: 8 }, () => random.uint32());
  };
  assert.deepEqual(numbers(1), numbers(1));
  assert.notDeepEqual(numbers(1), numbers(2));
});

test('fractions fill the unit interval evenly', () => {
  const random = new Random(5);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let draw = 0; draw < 100_000; draw += 1) tenths[Math.floor(random.fraction() * 10)]! += 1;
  for (const count of tenths) assert.ok(Math.abs(count - 10_000) < 500, `${count}`);
});

test('below stays below its bound and reaches everything under it', () => {
  const random = new Random(0);
  const seen = new Set(Array.from({ length: 200 }, () => random.below(7)));
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6],
  );
});
