import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WEBHOOK_EVENTS } from '@rollcall/api';
import { EVENT_GROUPS, formatTaken, joinedEvents, singleEvents } from '../src/model/webhook-words.ts';

test('the form has every event that a webhook may be told, once', () => {
  const kinds = EVENT_GROUPS.map(({ kind }) => kind);
  const singles = EVENT_GROUPS.flatMap(({ events }) => events.map(([event]) => event));
  assert.deepEqual([...kinds, ...singles].toSorted(), [...WEBHOOK_EVENTS].toSorted());
});

test('a kind is shown as all of its events, and all of its events are kept as the kind', () => {
  const shown = singleEvents(['session', 'task.completed']);
  assert.deepEqual([...shown].toSorted(), [
    'session.announcing',
    'session.ended',
    'session.failed',
    'session.sending',
    'task.completed',
  ]);
  assert.deepEqual(joinedEvents(shown), ['task.completed', 'session']);
  assert.deepEqual(joinedEvents(new Set()), []);
});

test('what took less than a second is told in milliseconds', () => {
  assert.deepEqual([formatTaken(null), formatTaken(7), formatTaken(15_000)], ['–', '7 ms', '15 s']);
});
