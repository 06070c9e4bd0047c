import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LossEvents } from './loss-events.ts';

test('losses within a round-trip time are one event', () => {
  const events = new LossEvents();
  assert.equal(events.onLoss(0, 100, 10_000), true);
  events.seed(100);
  for (let now = 1000; now <= 10_000; now += 1000) assert.equal(events.onLoss(now, 100 + now / 1000, 10_000), false);
  assert.ok(Math.abs(events.rate(110) - 0.01) < 1e-9);
});

test('evenly spaced events give one in their distance, and a long silence lowers it', () => {
  const events = new LossEvents();
  for (let count = 1; count <= 20; count += 1) events.onLoss(count * 100_000, count * 200, 1000);
  assert.ok(Math.abs(events.rate(20 * 200) - 1 / 200) < 1e-9);
  assert.ok(events.rate(20 * 200 + 3000) < 1 / 400);
});

test('newer intervals weigh more than old ones', () => {
  const events = new LossEvents();
  let expected = 0;
  let now = 0;
  for (const interval of [10, 10, 10, 10, 1000, 1000, 1000, 1000]) {
    expected += interval;
    now += 100_000;
    events.onLoss(now, expected, 1000);
  }
  assert.ok(events.rate(expected) < 1 / 600);
});

test('without a loss the rate is zero', () => {
  assert.equal(new LossEvents().rate(1e6), 0);
});
