import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkSpeedBitsPerSecond } from './link-speed.ts';

test('an interface whose speed nobody knows has none', () => {
  assert.equal(linkSpeedBitsPerSecond('lo'), undefined);
  assert.equal(linkSpeedBitsPerSecond('no-such-interface'), undefined);
});
