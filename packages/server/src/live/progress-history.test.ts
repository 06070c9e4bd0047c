import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROGRESS_SAMPLES_MAX, PROGRESS_TASKS_MAX } from '../limits.ts';
import { ProgressHistory } from './progress-history.ts';

const sample = (second: number) => ({
  at: second * 1000,
  bytesSent: second * 10,
  repairBytes: second,
  lossRatioMean: 0.01,
  lossRatioMax: null,
});

test('a long session stays whole in sight, and its size stays what it is', () => {
  const history = new ProgressHistory();
  for (let second = 0; second < 20_000; second += 1) history.note('t', 's', sample(second));
  const samples = history.of('t');
  assert.ok(samples.length < PROGRESS_SAMPLES_MAX && samples.length >= PROGRESS_SAMPLES_MAX / 4, `${samples.length}`);
  assert.equal(samples[0]?.at, 0);
  assert.ok(samples.at(-1)!.at > 19_000_000);
  assert.ok(samples.every(({ at }, index) => index === 0 || at > samples[index - 1]!.at));
});

test('a clock that is put back leaves no gap', () => {
  const history = new ProgressHistory();
  for (let second = 5000; second < 5000 + 2 * PROGRESS_SAMPLES_MAX; second += 1) history.note('t', 's', sample(second));
  const before = history.of('t').length;
  for (const second of [1000, 1001, 1010]) history.note('t', 's', sample(second));
  assert.deepEqual(history.of('t').slice(before).at(0), sample(1000));
  assert.deepEqual(history.of('t').at(-1), sample(1010));
});

test('another session of the task begins anew', () => {
  const history = new ProgressHistory();
  history.note('t', 'first', sample(1));
  history.note('t', 'second', sample(2));
  assert.deepEqual(history.of('t'), [sample(2)]);
});

test('of many tasks the oldest is forgotten', () => {
  const history = new ProgressHistory();
  for (let index = 0; index <= PROGRESS_TASKS_MAX; index += 1) history.note(`t${index}`, 's', sample(1));
  assert.deepEqual([history.of('t0').length, history.of('t1').length], [0, 1]);
});
