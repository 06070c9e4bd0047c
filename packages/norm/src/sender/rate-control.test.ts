import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateControl } from './rate-control.ts';

test('a bound holds whatever the rate is set to, until it is taken away', () => {
  const rate = new RateControl({ mode: 'fixed', bytesPerSecond: 10e6 }, 1464);
  assert.equal(rate.bytesPerSecond, 10e6);
  rate.setMax(4e6);
  assert.equal(rate.bytesPerSecond, 4e6);
  rate.set({ mode: 'fixed', bytesPerSecond: 8e6 });
  assert.equal(rate.bytesPerSecond, 4e6);
  rate.setMax(undefined);
  assert.equal(rate.bytesPerSecond, 8e6);
});

test('a rate or a bound that is not above zero is refused', () => {
  for (const bytesPerSecond of [0, -1, Number.NaN, Infinity]) {
    assert.throws(() => new RateControl({ mode: 'fixed', bytesPerSecond }, 1464), RangeError);
    assert.throws(() => new RateControl({ mode: 'auto', maxBytesPerSecond: bytesPerSecond }, 1464), RangeError);
    assert.throws(() => new RateControl({ mode: 'auto' }, 1464).setMax(bytesPerSecond), RangeError);
  }
});
