import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoundTripFilter } from './round-trip-filter.ts';

const PROBE_INTERVAL = 100_000;
const GRTT = 10_000;

test('an answer that waited on the way does not hide those that did not', () => {
  const filter = new RoundTripFilter();
  for (let probe = 0; probe < 100; probe += 1) {
    const isLate = probe % 5 === 3;
    assert.equal(filter.add(probe * PROBE_INTERVAL, isLate ? 500_000 : 1000, GRTT), 1000);
  }
});

test('a receiver that is late for long is believed as far as four times its best and 20 ms', () => {
  const filter = new RoundTripFilter();
  filter.add(0, 1000, GRTT);
  for (let probe = 0; probe < 50; probe += 1) filter.add(1_000_000 + probe * PROBE_INTERVAL, 500_000, GRTT);
  assert.equal(filter.add(7_000_000, 500_000, GRTT), 24_000);
});

test('one that has moved away for good is believed in the end', () => {
  const filter = new RoundTripFilter();
  filter.add(0, 1000, GRTT);
  for (let second = 1; second < 31; second += 1) filter.add(second * 1_000_000, 500_000, GRTT);
  assert.equal(filter.add(31_000_000, 500_000, GRTT), 500_000);
});

test('the first answer of a receiver counts up to ten times the estimate, the second in full', () => {
  const filter = new RoundTripFilter();
  assert.equal(filter.add(0, 500_000, GRTT), 100_000);
  assert.equal(filter.add(PROBE_INTERVAL, 520_000, GRTT), 500_000);
});
