import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.ts';
import { LossEstimator } from './loss-estimator.ts';

test('the loss that there was is found, over the wrap of the sequence', () => {
  const loss = new LossEstimator();
  const random = new Random(1);
  for (let sequence = 60_000; sequence < 160_000; sequence += 1)
    if (!random.chance(0.1)) loss.onSequence(sequence & 0xffff);
  assert.ok(Math.abs(loss.lossRatio - 0.1) < 0.005, `${loss.lossRatio}`);
});

test('reordering is no loss', () => {
  const loss = new LossEstimator();
  for (const sequence of [1, 3, 2, 5, 4, 6]) loss.onSequence(sequence);
  assert.equal(loss.lossRatio, 0);
});

test('the recent loss follows a change that the whole hides', () => {
  const loss = new LossEstimator();
  for (let sequence = 0; sequence < 20_000; sequence += 1) loss.onSequence(sequence);
  for (let sequence = 20_000; sequence < 24_000; sequence += 2) loss.onSequence(sequence);
  assert.ok(loss.recentLossRatio > 0.4 && loss.lossRatio < 0.1);
});
