import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryCounts } from '@rollcall/api';
import { countNone } from '@rollcall/client/task';
import { CommandError } from '../exit-code.ts';
import { judge, parseGoal, type Standing } from './task-wait.ts';

function standing(counts: Partial<DeliveryCounts>, rest: Partial<Standing> = {}): Standing {
  return { state: 'active', phase: 'finishing', outcome: null, counts: { ...countNone(), ...counts }, ...rest };
}

test('a phase is reached when the task is in it or past it', () => {
  assert.equal(judge({ kind: 'phase', phase: 'finishing' }, standing({}, { phase: 'multicasting' })), 'ahead');
  assert.equal(judge({ kind: 'phase', phase: 'finishing' }, standing({})), 'reached');
  assert.equal(judge({ kind: 'phase', phase: 'multicasting' }, standing({}, { phase: 'ended' })), 'reached');
});

test('the end is good only when every device has succeeded', () => {
  assert.equal(judge({ kind: 'end' }, standing({ queued: 1 })), 'ahead');
  assert.equal(judge({ kind: 'end' }, standing({ succeeded: 2 }, { phase: 'ended', outcome: 'all' })), 'reached');
  assert.equal(judge({ kind: 'end' }, standing({ failed: 1 }, { phase: 'ended', outcome: 'partial' })), 'hopeless');
});

test('a share is hopeless as soon as too few can still succeed', () => {
  const half = { kind: 'share', share: 0.5 } as const;
  assert.equal(judge(half, standing({ succeeded: 1, queued: 3 })), 'ahead');
  assert.equal(judge(half, standing({ succeeded: 2, failed: 2 })), 'reached');
  assert.equal(judge(half, standing({ succeeded: 1, failed: 3 })), 'hopeless');
  assert.equal(judge(half, standing({ succeeded: 0, queued: 4 }, { phase: 'ended', outcome: 'none' })), 'hopeless');
});

test('a goal is a share, a number or a known phase, and nothing else', () => {
  assert.deepEqual(parseGoal('95%', undefined), { kind: 'share', share: 0.95 });
  assert.deepEqual(parseGoal('3', undefined), { kind: 'count', count: 3 });
  assert.deepEqual(parseGoal(undefined, 'finishing'), { kind: 'phase', phase: 'finishing' });
  assert.deepEqual(parseGoal(undefined, undefined), { kind: 'end' });
  for (const [until, phase] of [
    ['many', undefined],
    ['200%', undefined],
    [undefined, 'soon'],
    ['3', 'ended'],
  ] as const) {
    assert.throws(
      () => parseGoal(until, phase),
      (error) => error instanceof CommandError && error.exitCode === 2,
    );
  }
});
