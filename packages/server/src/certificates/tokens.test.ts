import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTokenId } from './tokens.ts';

test('no id of a token looks like an option', () => {
  for (let count = 0; count < 2000; count += 1) assert.match(newTokenId(), /^[\w][\w-]{11}$/);
});
