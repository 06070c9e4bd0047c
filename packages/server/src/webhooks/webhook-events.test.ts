import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device, RollcallEvent } from '@rollcall/api';
import { isWanted, messageOf, typeOf } from './webhook-events.ts';

const taskEvent = (change: object) =>
  ({
    sequence: 7,
    at: 1_614_265_330_000,
    type: 'task',
    taskId: 't',
    state: 'active',
    phase: 'announcing',
    ...change,
  }) as RollcallEvent;
const deviceEvent = (pending: boolean, isNew?: true) =>
  ({ sequence: 8, at: 1, type: 'device', device: { pending } as Device, ...(isNew && { isNew }) }) as RollcallEvent;

test('each event has one name, and the end of a task is told once', () => {
  assert.equal(typeOf(taskEvent({ isNew: true })), 'task.created');
  assert.equal(typeOf(taskEvent({ phase: 'multicasting' })), 'task.changed');
  assert.equal(typeOf(taskEvent({ state: 'paused' })), 'task.changed');
  assert.equal(typeOf(taskEvent({ state: 'completed', phase: 'ended' })), 'task.completed');
  assert.equal(typeOf(taskEvent({ state: 'cancelled', phase: 'finishing' })), 'task.changed');
  assert.equal(typeOf(taskEvent({ state: 'cancelled', phase: 'ended' })), 'task.cancelled');
  assert.equal(typeOf(deviceEvent(false, true)), 'device.joined');
  assert.equal(typeOf(deviceEvent(true, true)), 'device.pending');
  assert.equal(typeOf(deviceEvent(true)), 'device.changed');
});

test('a kind stands for all of its kind, and for nothing that only begins like it', () => {
  assert.ok(isWanted(['task'], 'task.completed'));
  assert.ok(isWanted(['delivery.failed', 'task.completed'], 'task.completed'));
  assert.ok(!isWanted(['task.completed'], 'task.created'));
  assert.ok(!isWanted(['device', 'session', 'delivery.receiving'], 'delivery.received'));
});

test("a message is Standard Webhooks' type, time of the event, and data", () => {
  const event = taskEvent({ isNew: true });
  const message = messageOf({ id: 'm', webhookId: 'w', at: 5 }, event);
  assert.deepEqual(JSON.parse(message.body), {
    type: 'task.created',
    timestamp: '2021-02-25T15:02:10.000Z',
    data: JSON.parse(JSON.stringify(event)) as unknown,
  });
  assert.deepEqual([message.state, message.nextAttemptAt, message.attemptCount], ['waiting', 5, 0]);
});
