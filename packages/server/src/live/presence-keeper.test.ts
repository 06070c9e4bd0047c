import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store, StoreTransactor } from '../core/ports.ts';
import { Presence } from '../core/presence.ts';
import { PresenceKeeper } from './presence-keeper.ts';

test('comings and goings that could not be written are written later', async () => {
  let isFull = true;
  let monotonicNow = 0;
  const written: [id: string, isOnline: boolean][] = [];
  const errors: unknown[] = [];
  const transactor = {
    updateDevice: async (id: string, _change: unknown, isOnline: boolean) => void written.push([id, isOnline]),
    openDeliveriesOfDevice: async () => [],
  } as unknown as StoreTransactor;
  const transact = async (work: (transactor: StoreTransactor) => Promise<unknown>) => {
    if (isFull) throw new Error('the disk is full');
    return work(transactor);
  };
  const keeper = new PresenceKeeper({
    presence: new Presence(),
    store: { transact } as unknown as Store,
    now: Date.now,
    monotonicNow: () => monotonicNow,
    onGone: () => undefined,
    onError: (error) => errors.push(error),
  });
  keeper.hear('a', 'one');
  await sleep(400);
  assert.deepEqual([written, errors.length], [[], 1]);
  isFull = false;
  monotonicNow = 5_000;
  await sleep(400);
  assert.deepEqual(written, [['a', true]]);
  isFull = true;
  monotonicNow = 60_000;
  await sleep(400);
  isFull = false;
  monotonicNow = 65_000;
  await sleep(400);
  assert.deepEqual(written, [
    ['a', true],
    ['a', false],
  ]);
  await keeper.close();
});
