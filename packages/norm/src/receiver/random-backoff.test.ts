import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.ts';
import { randomBackoff } from './random-backoff.ts';

test('waits stay within the window, and most of them are late in it', () => {
  const random = new Random(3);
  const waits = Array.from({ length: 10_000 }, () => randomBackoff(random, 1000, 1000));
  assert.ok(waits.every((wait) => wait >= 0 && wait <= 1000));
  assert.ok(waits.filter((wait) => wait > 500).length > 9000);
});

test('of a large group few speak early: the first one long before the average', () => {
  const random = new Random(4);
  const waits = Array.from({ length: 1000 }, () => randomBackoff(random, 1000, 1000)).sort((a, b) => a - b);
  assert.ok(waits[0]! < 300);
  assert.ok(waits.filter((wait) => wait < waits[0]! + 50).length < 20);
});

test('no window, no wait', () => {
  assert.equal(randomBackoff(new Random(1), 0, 10), 0);
});
