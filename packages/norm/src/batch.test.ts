import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatagramBatch } from './batch.ts';

test('datagrams to send lie back to back', () => {
  const batch = new DatagramBatch(4, 10);
  assert.equal(batch.end, 0);
  batch.append(10, 0);
  batch.append(4, 7);
  assert.equal(batch.end, 14);
  assert.equal(batch.count, 2);
  assert.deepEqual([...batch.offsets.subarray(0, 2)], [0, 10]);
  assert.deepEqual([...batch.lengths.subarray(0, 2)], [10, 4]);
  assert.deepEqual([...batch.peers.subarray(0, 2)], [0, 7]);
});

test('a batch takes as many datagrams as were asked for, and says when it is full', () => {
  const batch = new DatagramBatch(2, 10);
  assert.ok(batch.hasRoom(10));
  batch.append(10, 0);
  batch.append(10, 0);
  assert.equal(batch.hasRoom(0), false);
  assert.throws(() => batch.append(0, 0), RangeError);
  batch.clear();
  assert.equal(batch.count, 0);
  assert.equal(batch.end, 0);
  assert.ok(batch.hasRoom(20));
  assert.equal(batch.hasRoom(21), false);
});

test('a datagram that would run over the arena is refused', () => {
  const batch = new DatagramBatch(2, 10);
  assert.throws(() => batch.append(21, 0), RangeError);
  assert.equal(batch.count, 0);
});

test('the view is of the same bytes', () => {
  const batch = new DatagramBatch(1, 8);
  batch.view.setUint32(4, 0x01020304);
  assert.deepEqual([...batch.bytes], [0, 0, 0, 0, 1, 2, 3, 4]);
});
