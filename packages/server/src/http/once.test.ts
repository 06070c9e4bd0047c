import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { once } from './once.ts';

test('it is made when it is asked for first, and then it is there; one that could not be made is tried again', () => {
  let isReady = false;
  const make = mock.fn(() => {
    if (!isReady) throw new Error('not yet');
    return undefined;
  });
  const made = once(make);
  assert.equal(make.mock.callCount(), 0);
  assert.throws(made, /not yet/);
  isReady = true;
  for (let count = 0; count < 3; count += 1) assert.equal(made(), undefined);
  assert.equal(make.mock.callCount(), 2);
});
