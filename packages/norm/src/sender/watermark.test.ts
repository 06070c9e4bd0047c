import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watermark } from './watermark.ts';

const POSITION = { fecEncodingId: 5, toi: 3, sourceBlockNumber: 7, encodingSymbolId: 63 } as const;

test('complete as soon as every node has acknowledged this very position', () => {
  const watermark = new Watermark(POSITION, [1, 2], 5);
  assert.ok(!watermark.onAcknowledged(1, { ...POSITION, toi: 2 }));
  assert.ok(watermark.onAcknowledged(1, POSITION));
  assert.ok(!watermark.onAcknowledged(1, POSITION));
  assert.deepEqual([watermark.isComplete(0), watermark.unacknowledged], [false, [2]]);
  assert.ok(watermark.onAcknowledged(2, { ...POSITION }));
  assert.ok(watermark.isComplete(0));
});

test('gives up after so many tries, not counting those made while repair was pending', () => {
  const watermark = new Watermark(POSITION, [1], 2);
  watermark.onAsked(0, 10, true);
  watermark.onAsked(20, 10, false);
  assert.ok(!watermark.isComplete(1000));
  watermark.onAsked(40, 10, false);
  assert.deepEqual([watermark.isComplete(64), watermark.isComplete(65)], [false, true]);
  assert.deepEqual(watermark.unacknowledged, [1]);
});

test('asks all nodes in turn when they do not fit into one message', () => {
  const watermark = new Watermark(POSITION, [1, 2, 3], 5);
  assert.deepEqual(watermark.nextNodeIds(2), [1, 2]);
  assert.deepEqual(watermark.nextNodeIds(2), [3, 1]);
});
