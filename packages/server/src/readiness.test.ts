import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { READINESS_TRIED_AGAIN_MS } from './limits.ts';
import { Readiness } from './readiness.ts';

test('what is wrong is said, tried again after a moment, and not before', async () => {
  let monotonicNow = 0;
  let tries = 0;
  let isFull = true;
  const transact = async () => {
    tries += 1;
    if (isFull) throw new Error('database or disk is full');
    return undefined as never;
  };
  const clock = { now: () => 0, monotonicNow: () => monotonicNow };
  const readiness = new Readiness({ store: { transact }, dataDirectory: tmpdir(), ...clock });
  const wrong = async () => (await readiness.check()).filter(({ ok }) => !ok).map(({ name, detail }) => [name, detail]);
  assert.deepEqual(await wrong(), [
    ['store', 'the database cannot be written: the disk is full: make room'],
    ['doors', 'a door does not listen: the server is starting or ending'],
  ]);
  isFull = false;
  readiness.setDoors(() => true);
  assert.deepEqual(await wrong(), [['store', 'the database cannot be written: the disk is full: make room']]);
  assert.equal(tries, 1);
  monotonicNow = READINESS_TRIED_AGAIN_MS;
  assert.deepEqual(await wrong(), []);
  assert.equal(tries, 2);
});
