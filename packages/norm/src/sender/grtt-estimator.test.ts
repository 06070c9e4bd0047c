import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrttEstimator } from './grtt-estimator.ts';

const FLOOR = 1000;
const CEILING = 15_000_000;
const PROBE_INTERVAL = 100_000;

test('the first answer takes the place of the guess', () => {
  const grtt = new GrttEstimator(500_000, FLOOR, CEILING);
  grtt.onResponse(200_000);
  assert.ok(grtt.advertised(0) >= 400_000 && grtt.advertised(0) < 450_000);
});

test('a farther receiver raises the estimate at once, its silence lowers it only after some probes', () => {
  const grtt = new GrttEstimator(2000, FLOOR, CEILING);
  grtt.onResponse(1000);
  grtt.onResponse(100_000);
  const raised = grtt.advertised(0);
  assert.ok(raised > 70_000);
  for (let probe = 0; probe < 3; probe += 1) {
    grtt.onProbe(probe * PROBE_INTERVAL);
    grtt.onResponse(1000);
  }
  assert.equal(grtt.advertised(0), raised);
  for (let probe = 3; probe < 23; probe += 1) {
    grtt.onProbe(probe * PROBE_INTERVAL);
    grtt.onResponse(1000);
  }
  assert.ok(grtt.advertised(0) < 3000);
});

test('a late answer that is followed by none at all does not stay', () => {
  const grtt = new GrttEstimator(2000, FLOOR, CEILING);
  grtt.onResponse(1000);
  grtt.onProbe(0);
  grtt.onResponse(500_000);
  assert.ok(grtt.advertised(0) > 300_000);
  for (let probe = 1; probe < 40; probe += 1) grtt.onProbe(probe * PROBE_INTERVAL);
  assert.ok(grtt.advertised(0) < 3000);
});

test('the estimate falls with time, however many probes fall into it', () => {
  const after = (interval: number): number => {
    const grtt = new GrttEstimator(1_000_000, FLOOR, CEILING);
    grtt.onResponse(1000);
    for (let at = 0; at <= 400_000; at += interval) {
      grtt.onProbe(at);
      grtt.onResponse(1000);
    }
    return grtt.advertised(0);
  };
  assert.equal(after(10_000), after(200_000));
});

test('while nobody has ever answered the estimate stays', () => {
  const grtt = new GrttEstimator(50_000, FLOOR, CEILING);
  const before = grtt.advertised(0);
  for (let probe = 0; probe < 50; probe += 1) grtt.onProbe(probe * PROBE_INTERVAL);
  assert.equal(grtt.advertised(0), before);
});

test('never below the floor, above the ceiling, or below what a datagram takes', () => {
  const grtt = new GrttEstimator(1, FLOOR, CEILING);
  assert.ok(grtt.advertised(0) >= FLOOR && grtt.advertised(0) < 1.1 * FLOOR);
  assert.ok(grtt.advertised(12_000) >= 12_000);
  grtt.onResponse(1e9);
  assert.ok(grtt.advertised(0) <= 1.1 * CEILING);
});
