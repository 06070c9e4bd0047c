import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker } from './circuit-breaker.ts';

const MANY_BYTES = 1e6;

test('silence halves the rate each second, and trips the breaker after five; an answer closes it', () => {
  const breaker = new CircuitBreaker();
  breaker.onProbe(0, 0, 1000);
  breaker.onAnswer(0);
  let halvings = 0;
  for (let now = 100_000; now < 5_000_000; now += 100_000) if (breaker.onProbe(now, MANY_BYTES, 1000)) halvings += 1;
  assert.equal(halvings, 4);
  assert.equal(breaker.cause, undefined);
  breaker.onProbe(5_000_000, MANY_BYTES, 1000);
  assert.equal(breaker.cause, 'noFeedback');
  assert.equal(breaker.onAnswer(6_000_000), true);
  assert.equal(breaker.cause, undefined);
});

test('a sender with nothing to send waits for no answer, and a far group is given its round trips', () => {
  const idle = new CircuitBreaker();
  for (let now = 0; now < 60e6; now += 1e6) assert.equal(idle.onProbe(now, 1000, 1000), false);
  const far = new CircuitBreaker();
  far.onProbe(0, 0, 600_000);
  assert.equal(far.onProbe(4_000_000, MANY_BYTES, 600_000), false);
  assert.equal(far.onProbe(5_000_000, MANY_BYTES, 600_000), true);
});

test('when nobody gets even half for five seconds it trips; one receiver that does closes it', () => {
  const breaker = new CircuitBreaker();
  for (let now = 0; now <= 4_900_000; now += 100_000) breaker.onLoss(now, 0.7);
  assert.equal(breaker.cause, undefined);
  breaker.onLoss(5_000_000, 0.7);
  assert.equal(breaker.cause, 'heavyLoss');
  assert.equal(breaker.onAnswer(5_100_000), false);
  assert.equal(breaker.onLoss(5_200_000, 0.1), true);
  assert.equal(breaker.cause, undefined);
});

test('one receiver that loses nearly all among others that do not is no reason', () => {
  const breaker = new CircuitBreaker();
  for (let now = 0; now <= 20e6; now += 100_000) {
    breaker.onLoss(now, 0.9);
    breaker.onLoss(now, 0.01);
  }
  assert.equal(breaker.cause, undefined);
});
