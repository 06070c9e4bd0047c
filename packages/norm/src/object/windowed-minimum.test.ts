import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WindowedMinimum } from './windowed-minimum.ts';

test('the minimum holds for the window it came in and the next, and no longer', () => {
  const minimum = new WindowedMinimum(100);
  assert.equal(minimum.value, Infinity);
  assert.equal(minimum.add(0, 7), 7);
  assert.equal(minimum.add(50, 9), 7);
  assert.equal(minimum.add(100, 9), 7);
  assert.equal(minimum.add(199, 8), 7);
  assert.equal(minimum.add(200, 9), 8);
});

test('after two windows of silence only what comes then counts', () => {
  const minimum = new WindowedMinimum(100);
  minimum.add(0, 1);
  assert.equal(minimum.add(200, 9), 9);
});
