import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NAP_DATAGRAMS_MAX, NAP_MAX_MICROS } from '../limits.ts';
import { NapSchedule } from './nap-schedule.ts';

const ROOM = 1800;

function napAfter(rounds: readonly (readonly [now: number, received: number])[], room = ROOM): number {
  const schedule = new NapSchedule(room);
  return rounds.map(([now, received]) => schedule.next(now, received)).at(-1) ?? -1;
}

test('a receiver at 1 Gbit/s naps for about the longest time', () => {
  const nap = napAfter([
    [0, 1],
    [1000, 81],
    [2000, 81],
  ]);
  assert.ok(nap > 500 && nap <= NAP_MAX_MICROS, `${nap}`);
});

test('a nap is short enough for what comes meanwhile to fit in a part of a batch', () => {
  const nap = napAfter([
    [0, 1],
    [100, 200],
    [200, 200],
  ]);
  assert.ok(nap > 0 && nap * 2 <= NAP_DATAGRAMS_MAX, `${nap}`);
});

test('where the socket keeps little, naps are as short as that', () => {
  const nap = napAfter(
    [
      [0, 1],
      [1000, 81],
      [2000, 81],
    ],
    184,
  );
  assert.ok(nap > 500 && nap * 0.081 <= 46, `${nap}`);
});

test('a slow stream is waited for awake', () => {
  assert.equal(
    napAfter([
      [0, 1],
      [1000, 1],
      [2000, 1],
    ]),
    0,
  );
});

test('a stream that pauses is waited for awake', () => {
  assert.equal(
    napAfter([
      [0, 1],
      [1000, 81],
      [2000, 0],
    ]),
    0,
  );
});
