import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PausableClock } from './pausable-clock.ts';

test('time counts but for pauses', () => {
  let now = 100;
  const clock = new PausableClock(() => now);
  now = 150;
  assert.equal(clock.tick(false), 50);
  now = 10_150;
  assert.equal(clock.tick(true), 50);
  now = 10_160;
  assert.equal(clock.tick(false), 60);
});
