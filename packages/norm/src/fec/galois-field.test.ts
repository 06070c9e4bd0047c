import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXPONENTIAL, LOGARITHM, multiply, PRIMITIVE_POLYNOMIAL } from './galois-field.ts';

test('a product is that of the polynomials, modulo the primitive one', () => {
  for (let a = 0; a < 256; a++) {
    for (let b = 0; b < 256; b++) {
      let product = 0;
      for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit;
      for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= PRIMITIVE_POLYNOMIAL << (bit - 8);
      assert.equal(multiply(a, b), product);
    }
  }
});

test('the powers of α are all the values but zero, each once', () => {
  assert.equal(new Set(EXPONENTIAL.subarray(0, 255)).size, 255);
  assert.ok(!EXPONENTIAL.includes(0));
  for (let value = 1; value < 256; value++) assert.equal(EXPONENTIAL[LOGARITHM[value]!], value);
});
