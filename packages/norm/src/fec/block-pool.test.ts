import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_COUNT_MAX, BLOCK_COUNT_MIN } from '../limits.ts';
import { blockCountWithin, BlockPool } from './block-pool.ts';

test('the blocks of a pool lie beside each other, and there are as many as were asked for', () => {
  const pool = new BlockPool(new Uint8Array(100), 10, 20, 3);
  const blocks = [pool.take(), pool.take(), pool.take()];
  assert.deepEqual(
    blocks.map((block) => block && [pool.addressOf(block), block.length]),
    [
      [10, 20],
      [30, 20],
      [50, 20],
    ],
  );
  assert.equal(pool.freeCount, 0);
  assert.equal(pool.take(), undefined);
});

test('the block that was given back last is taken first', () => {
  const pool = new BlockPool(new Uint8Array(60), 0, 20, 3);
  const first = pool.take();
  const second = pool.take();
  assert.ok(first && second);
  pool.release(second);
  pool.release(first);
  assert.equal(pool.freeCount, 3);
  assert.equal(pool.take(), first);
  assert.equal(pool.take(), second);
});

test('a buffer that is no block of the pool, or not taken, is refused', () => {
  const memory = new Uint8Array(60);
  const pool = new BlockPool(memory, 0, 20, 3);
  const block = pool.take();
  assert.ok(block);
  assert.throws(() => pool.release(new Uint8Array(20)), TypeError);
  assert.throws(() => pool.release(memory.subarray(5, 25)), TypeError);
  assert.throws(() => pool.release(memory.subarray(20, 40)), TypeError);
  pool.release(block);
  assert.throws(() => pool.release(block), TypeError);
  assert.throws(() => pool.addressOf(block), TypeError);
});

test('memory is divided into blocks, but never into more than the limit, nor fewer than it takes to work', () => {
  assert.equal(blockCountWithin(1000, 10), 100);
  assert.equal(blockCountWithin(32 * 1024 ** 2, 1), BLOCK_COUNT_MAX);
  assert.equal(blockCountWithin(1000, 1e6), BLOCK_COUNT_MIN);
});
