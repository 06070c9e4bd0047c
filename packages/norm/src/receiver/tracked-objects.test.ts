import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OBJECTS_PER_SENDER_MAX } from '../limits.ts';
import { TRACKED_TRANSITIONS, TrackedObjects, type TrackedObject } from './tracked-objects.ts';

function tracking(firstToi?: number): { objects: TrackedObjects; displaced: number[] } {
  const displaced: number[] = [];
  return { objects: new TrackedObjects(firstToi, (tracked) => displaced.push(tracked.toi)), displaced };
}

function demanded(objects: TrackedObjects): number[] {
  return [...objects.all()].filter((tracked: TrackedObject) => tracked.hasDemand).map(({ toi }) => toi);
}

test('the states and the moves between them', () => {
  const graph = Object.entries(TRACKED_TRANSITIONS).flatMap(([from, moves]) =>
    Object.entries(moves).map(([move, to]) => `${from} --${move}--> ${to}`),
  );
  assert.deepEqual(graph, [
    'unknown --announced--> receiving',
    'unknown --declined--> ignored',
    'unknown --refused--> refused',
    'unknown --aborted--> aborted',
    'receiving --completed--> completed',
    'receiving --aborted--> aborted',
    'receiving --declined--> ignored',
    'aborted --completed--> completed',
  ]);
});

test('an object that was skipped is lacking, the one that was heard is not yet', () => {
  const { objects } = tracking();
  objects.heard(0xfffe, true);
  objects.heard(1, true);
  assert.deepEqual(demanded(objects), [0xfffe, 0xffff, 0]);
});

test('with a first id told, what came before the first that was heard is lacking as well', () => {
  const { objects } = tracking(0);
  objects.heard(2, true);
  assert.deepEqual(demanded(objects), [0, 1]);
});

test('an illegal move is answered with false and changes nothing', () => {
  const { objects } = tracking();
  const tracked = objects.heard(0, true);
  assert.ok(tracked !== undefined);
  assert.ok(tracked.move('announced') && tracked.move('completed'));
  assert.ok(!tracked.move('aborted'));
  assert.equal(tracked.state, 'completed');
});

test('no more objects are tracked than the limit, and the oldest go', () => {
  const { objects, displaced } = tracking();
  for (let toi = 0; toi < OBJECTS_PER_SENDER_MAX + 3; toi += 1) objects.heard(toi, true);
  assert.deepEqual(displaced, [0, 1, 2]);
  assert.equal([...objects.all()].length, OBJECTS_PER_SENDER_MAX);
  assert.equal(objects.heard(2, true), undefined);
});

test('a jump over more than the window is no loss of everything between', () => {
  const { objects } = tracking();
  objects.heard(0, true);
  objects.heard(5000, true);
  assert.deepEqual(demanded(objects), []);
});
