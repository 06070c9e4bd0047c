import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ASK_REPLACED_AFTER_MILLISECONDS,
  ASK_RETRY_MILLISECONDS_MAX,
  ASK_SHORT_SPREAD_MILLISECONDS,
  ASK_SPACING_MILLISECONDS,
  SAFETY_ASK_MILLISECONDS_MAX,
  SAFETY_ASK_MILLISECONDS_MIN,
} from '../limits.ts';
import { TaskFinisher } from './task-finisher.ts';

function connected(random = (): number => 0): TaskFinisher {
  const finisher = new TaskFinisher(random);
  finisher.handleConnected(0);
  assert.equal(finisher.pollAsk(0), true);
  finisher.handleAnswered(0, undefined);
  return finisher;
}

test('a device asks as soon as it is connected, and not before', () => {
  const finisher = new TaskFinisher(() => 0);
  finisher.handleWake(0);
  assert.equal(finisher.pollAsk(0), false);
  finisher.handleConnected(5);
  assert.equal(finisher.pollAsk(5), true);
});

test('only one request is under way, and what came up meanwhile makes one more', () => {
  const finisher = connected();
  finisher.handleWake(1000);
  assert.equal(finisher.pollAsk(1000), true);
  finisher.handleWake(1001);
  finisher.handleShort(1002);
  assert.equal(finisher.pollAsk(1003), false);
  finisher.handleAnswered(1010, undefined);
  assert.equal(finisher.pollTimeout(), 1010 + ASK_SPACING_MILLISECONDS);
  assert.equal(finisher.pollAsk(1010 + ASK_SPACING_MILLISECONDS), true);
  finisher.handleAnswered(2000, undefined);
  assert.ok(finisher.pollTimeout()! >= 2000 + SAFETY_ASK_MILLISECONDS_MIN);
});

test('a request that the server keeps open is replaced when there is a newer reason', () => {
  const finisher = connected();
  finisher.handleWake(1000);
  assert.equal(finisher.pollAsk(1000), true);
  assert.equal(finisher.pollTimeout(), undefined);
  finisher.handleWake(1200);
  assert.equal(finisher.pollAsk(1200), false);
  const at = finisher.pollTimeout()!;
  assert.equal(at, 1000 + ASK_REPLACED_AFTER_MILLISECONDS);
  assert.equal(finisher.pollAsk(at), true);
  assert.equal(finisher.pollAsk(at + 10_000), false);
  finisher.handleAnswered(at + 10_001, undefined);
  assert.ok(finisher.pollTimeout()! >= SAFETY_ASK_MILLISECONDS_MIN);
});

test('wakes that come together are one request', () => {
  const finisher = connected();
  finisher.handleWake(10);
  assert.equal(finisher.pollAsk(10), false);
  assert.equal(finisher.pollTimeout(), ASK_SPACING_MILLISECONDS);
});

test('the time that the server names is kept, and a wake comes before it', () => {
  const finisher = connected();
  finisher.handleWake(1000);
  finisher.pollAsk(1000);
  finisher.handleAnswered(1000, 30_000);
  assert.equal(finisher.pollTimeout(), 31_000);
  finisher.handleWake(2000);
  assert.equal(finisher.pollAsk(2000), true);
});

test('devices whose session ended in the same instant ask at different times', () => {
  const early = connected(() => 0);
  const late = connected(() => 0.999);
  early.handleShort(1000);
  late.handleShort(1000);
  assert.equal(early.pollTimeout(), 1000);
  assert.ok(late.pollTimeout()! > 1000 + 0.9 * ASK_SHORT_SPREAD_MILLISECONDS);
});

test('without any reason a device asks every 10 to 15 minutes', () => {
  assert.equal(connected(() => 0).pollTimeout(), SAFETY_ASK_MILLISECONDS_MIN);
  assert.ok(connected(() => 0.999).pollTimeout()! > 0.99 * SAFETY_ASK_MILLISECONDS_MAX);
});

test('a request that fails is made again after ever longer waits, bounded, and not before Retry-After', () => {
  const finisher = new TaskFinisher(() => 0.999);
  finisher.handleConnected(0);
  let now = 0;
  let last = 0;
  for (let failure = 0; failure < 12; failure += 1) {
    assert.equal(finisher.pollAsk(now), true);
    finisher.handleFailed(now);
    const wait = finisher.pollTimeout()! - now;
    assert.ok(wait >= last * 0.99 && wait <= ASK_RETRY_MILLISECONDS_MAX);
    last = wait;
    now += wait;
  }
  finisher.pollAsk(now);
  finisher.handleFailed(now, 90_000);
  assert.equal(finisher.pollTimeout(), now + 90_000);
});

test('a lost connection ends the request under way, and nothing is due until it is back', () => {
  const finisher = connected();
  finisher.handleWake(1000);
  finisher.pollAsk(1000);
  finisher.handleDisconnected();
  assert.equal(finisher.pollTimeout(), undefined);
  finisher.handleFailed(1001);
  assert.equal(finisher.pollTimeout(), undefined);
  finisher.handleConnected(2000);
  assert.equal(finisher.pollAsk(2000), true);
});
