import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeed } from './run-seed.ts';

const SEED_COUNT = 50;

test(`on ${SEED_COUNT} hostile networks every receiver that can finish does, and the others know exactly what they lack`, () => {
  for (let seed = 1; seed <= SEED_COUNT; seed += 1) {
    const { failure } = runSeed(seed);
    assert.equal(failure, undefined, `seed ${seed}; replay it with: npm run sim -- --seed ${seed}`);
  }
});

test('a seed replays exactly', () => {
  assert.deepEqual(runSeed(7), runSeed(7));
});
