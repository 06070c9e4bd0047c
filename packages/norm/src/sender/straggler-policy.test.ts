import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StragglerPolicy, type StragglerFinding } from './straggler-policy.ts';

/** Reports of all receivers, ten times a second, for so long; `losses` by node id from 1 on. Returns who was found. */
function report(
  policy: StragglerPolicy,
  losses: readonly number[],
  milliseconds: number,
  from = 1_000_000,
): Map<number, StragglerFinding> {
  const found = new Map<number, StragglerFinding>();
  for (let at = 0; at <= milliseconds; at += 100) {
    losses.forEach((loss, index) => {
      const finding = policy.onLossReported(from + at * 1000, index + 1, loss);
      if (finding !== undefined) found.set(index + 1, finding);
    });
  }
  return found;
}

test('one at half its datagrams among eight good ones is a straggler within a second, and is told of once', () => {
  const policy = new StragglerPolicy();
  const losses = [0, 0.01, 0, 0.02, 0, 0, 0.01, 0, 0.5];
  const found = report(policy, losses, 1000);
  assert.deepEqual([...found.keys()], [9]);
  assert.ok(Math.abs(found.get(9)!.lossRatio - 0.5) < 0.01);
  assert.ok(found.get(9)!.groupLossRatio <= 0.02);
  assert.equal(policy.has(9), true);
  assert.equal(report(policy, losses, 1000, 3_000_000).size, 0);
});

test('who loses so much is suspected at once, and no more when it has passed', () => {
  const policy = new StragglerPolicy();
  report(policy, [0, 0, 0.5], 200);
  assert.deepEqual(
    [1, 2, 3, 4].map((nodeId) => policy.isSuspect(nodeId)),
    [false, false, true, false],
  );
  assert.equal(policy.has(3), false);
  report(policy, [0, 0, 0], 500, 1_300_000);
  assert.equal(policy.isSuspect(3), false);
});

test('a suspect that is left for what it asks is a straggler at once, and nobody else is', () => {
  const policy = new StragglerPolicy();
  report(policy, [0, 0, 0.5], 200);
  assert.equal(policy.findSuspect(1_200_000, 1), undefined);
  assert.equal(policy.findSuspect(1_200_000, 4), undefined);
  const found = policy.findSuspect(1_200_000, 3);
  assert.ok(found !== undefined && Math.abs(found.lossRatio - 0.5) < 0.01 && found.groupLossRatio <= 0.01);
  assert.equal(policy.has(3), true);
  assert.equal(policy.findSuspect(1_200_000, 3), undefined);
  assert.equal(report(policy, [0, 0, 0.5], 1000, 1_000_000).size, 0);
});

test('a suspect stays one for two seconds after good reports, and is told by what it lost while it was', () => {
  const suspectUntilGood = (): StragglerPolicy => {
    const policy = new StragglerPolicy();
    report(policy, [0, 0, 0.5], 200);
    report(policy, [0, 0, 0], 1000, 1_300_000);
    assert.equal(policy.isSuspect(3), false);
    return policy;
  };
  const found = suspectUntilGood().findSuspect(2_400_000, 3);
  assert.ok(found !== undefined && Math.abs(found.lossRatio - 0.5) < 0.01);
  assert.equal(suspectUntilGood().findSuspect(3_500_000, 3), undefined);
});

test('of two the worse one is a straggler; one alone is none', () => {
  assert.deepEqual([...report(new StragglerPolicy(), [0.6, 0.05], 2000).keys()], [1]);
  assert.equal(report(new StragglerPolicy(), [0.9], 5000).size, 0);
});

test('where many lose much nobody is a straggler', () => {
  assert.equal(report(new StragglerPolicy(), [0, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5], 5000).size, 0);
  assert.equal(report(new StragglerPolicy(), [0.45, 0.4, 0.35, 0.5], 5000).size, 0);
});

test('up to a quarter of the group may be stragglers', () => {
  const found = report(new StragglerPolicy(), [0.5, 0.7, 0, 0, 0, 0, 0, 0], 2000);
  assert.deepEqual(new Set(found.keys()), new Set([1, 2]));
});

test('who loses little more than the rest, or less than what repair is meant for, sets the pace', () => {
  assert.equal(report(new StragglerPolicy(), [0, 0, 0, 0.2], 5000).size, 0);
  assert.equal(report(new StragglerPolicy(), [0.25, 0.25, 0.25, 0.45], 5000).size, 0);
});

test('a burst of loss makes nobody a straggler, however often it comes', () => {
  const policy = new StragglerPolicy();
  let at = 1_000_000;
  for (let burst = 0; burst < 5; burst += 1) {
    assert.equal(report(policy, [0, 0, 0, 1], 200, at).size, 0);
    at += 300_000;
    assert.equal(report(policy, [0, 0, 0, 0], 1500, at).size, 0);
    at += 1_600_000;
  }
});

test('a receiver that is forgotten counts no more in the comparison', () => {
  const policy = new StragglerPolicy();
  report(policy, [0.5, 0], 1000);
  assert.equal(policy.has(1), true);
  policy.forget(1);
  policy.forget(7);
  assert.equal(policy.has(1), false);
  // Alone with nobody to compare with.
  policy.forget(2);
  assert.equal(report(policy, [0.9], 2000, 9_000_000).size, 0);
});
