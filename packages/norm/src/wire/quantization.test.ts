import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  quantizeGroupSize,
  quantizeLoss,
  quantizeRate,
  quantizeRtt,
  unquantizeGroupSize,
  unquantizeLoss,
  unquantizeRate,
  unquantizeRtt,
} from './quantization.ts';

test('a round-trip time is one microsecond a step up to 32, and 1000 s at the end', () => {
  assert.deepEqual([0, 1, 30].map(unquantizeRtt), [1, 2, 31]);
  assert.equal(unquantizeRtt(255), 1_000_000_000);
  // From NRL's table, which has four digits.
  for (const [quantized, seconds] of [
    [32, 3.55e-5],
    [64, 4.161e-4],
    [100, 6.635e-3],
    [155, 0.4563],
    [200, 14.54],
  ] as const) {
    assert.ok(Math.abs(unquantizeRtt(quantized) / (seconds * 1e6) - 1) < 0.015, `${quantized}`);
  }
});

test('a quantized round-trip time is never shorter than the time, and the next smaller one is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), (micros) => {
      const quantized = quantizeRtt(micros);
      assert.ok(unquantizeRtt(quantized) >= micros);
      assert.ok(quantized === 0 || unquantizeRtt(quantized - 1) < micros);
    }),
  );
  assert.equal(quantizeRtt(2_000_000_000), 255);
  assert.equal(quantizeRtt(0), 0);
});

test('every quantized value survives the way there and back', () => {
  for (let quantized = 0; quantized < 256; quantized += 1) {
    assert.equal(quantizeRtt(unquantizeRtt(quantized)), quantized);
  }
  for (let quantized = 0; quantized < 16; quantized += 1) {
    assert.equal(quantizeGroupSize(unquantizeGroupSize(quantized)), quantized);
  }
});

test('a group size is rounded up to 1 or 5 times a power of ten', () => {
  const sizes = [1, 10, 11, 50, 51, 1000, 1001, 10 ** 9].map((size) => unquantizeGroupSize(quantizeGroupSize(size)));
  assert.deepEqual(sizes, [10, 10, 50, 50, 100, 1000, 5000, 5 * 10 ** 8]);
});

test('a rate is kept within a part in 800, also where rounding carries into the next decade', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 9e15, noNaN: true }), (rate) => {
      const quantized = quantizeRate(rate);
      assert.ok(quantized >= 0 && quantized <= 0xffff);
      assert.ok(Math.abs(unquantizeRate(quantized) / rate - 1) < 1 / 800);
    }),
  );
  assert.ok(Math.abs(unquantizeRate(quantizeRate(9.9999e6)) / 1e7 - 1) < 1 / 400);
  assert.equal(unquantizeRate(quantizeRate(0)), 0);
});

test('a loss fraction keeps its upper 16 bits in the field of RFC 5740', () => {
  assert.equal(quantizeLoss(0), 0);
  assert.equal(quantizeLoss(1), 0xffffffff);
  assert.equal(quantizeLoss(-1), 0);
  assert.equal(quantizeLoss(0.05) >>> 16, Math.floor(0.05 * 0x10000));
  assert.ok(Math.abs(unquantizeLoss(quantizeLoss(0.05)) - 0.05) < 1e-9);
});
