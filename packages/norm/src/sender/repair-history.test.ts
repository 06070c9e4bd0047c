import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RepairHistory } from './repair-history.ts';

test('one that begins anew, for a longer block, remembers nothing of the block before', () => {
  const history = new RepairHistory();
  history.begin(2);
  history.onParitySent(10, 3);
  history.onNamedSent(11, 0, 1);
  assert.equal(history.paritySentBy(9, 3), 2);
  assert.ok(history.wasNamedSentAfter(5, 0));
  history.begin(7);
  assert.ok(!history.wasNamedSentAfter(5, 0));
  assert.equal(history.paritySentBy(9, 8), 8);
  history.onNamedSent(20, 254, 255);
  assert.ok(history.wasNamedSentAfter(19, 254));
  assert.ok(!history.wasNamedSentAfter(20, 254));
  assert.ok(!history.wasNamedSentAfter(5, 0));
  history.onParitySent(21, 9);
  assert.equal(history.paritySentBy(20, 9), 7);
});
