import assert from 'node:assert/strict';
import { test } from 'node:test';
import { castBlockLength } from './cast-block-length.ts';

test('blocks are long where the line is known to be slow', () => {
  assert.equal(castBlockLength({ rateBitsPerSecond: 100e6 }), 191);
  assert.equal(castBlockLength({ rateBitsPerSecond: 1e9 }), 64);
  assert.equal(castBlockLength({ rateBitsPerSecond: 'auto' }), 64);
  assert.equal(castBlockLength({ rateBitsPerSecond: 'auto', rateMaxBitsPerSecond: 100e6 }), 191);
  assert.equal(castBlockLength({ rateBitsPerSecond: 1e9, rateMaxBitsPerSecond: 100e6 }), 191);
});

test('the parity that was asked for has room beside the block', () => {
  assert.equal(castBlockLength({ rateBitsPerSecond: 100e6, parity: 100 }), 155);
  assert.equal(castBlockLength({ rateBitsPerSecond: 1e9, parity: 100 }), 64);
});
