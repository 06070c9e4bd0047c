import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventQueue } from './event-queue.ts';

test('events come out in their order, also when more are pushed in between', () => {
  const events = new EventQueue<number>();
  events.push(1);
  events.push(2);
  assert.equal(events.poll(), 1);
  events.push(3);
  assert.deepEqual([events.poll(), events.poll(), events.poll()], [2, 3, undefined]);
});

test('the newest event can be replaced while nobody has polled it, and not afterwards', () => {
  const events = new EventQueue<number>();
  events.push(1);
  assert.equal(events.last, 1);
  events.replaceLast(5);
  assert.equal(events.poll(), 5);
  assert.equal(events.last, undefined);
});
