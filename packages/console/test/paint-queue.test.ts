import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PaintQueue } from '../src/model/paint-queue.ts';

/** Each cell takes 5 ms. */
function queueWith(drawn: number[]) {
  let millis = 0;
  let frame: (() => void) | undefined;
  const queue = new PaintQueue({
    draw: (index) => {
      drawn.push(index);
      millis += 5;
    },
    now: () => millis,
    onNextFrame: (work) => {
      assert.equal(frame, undefined, 'one at a time');
      frame = work;
      return () => (frame = undefined);
    },
  });
  const nextFrame = (): boolean => {
    const work = frame;
    frame = undefined;
    work?.();
    return work !== undefined;
  };
  return { queue, nextFrame };
}

test('what there is time for is drawn at once, the rest with the next frames, each cell once', () => {
  const drawn: number[] = [];
  const { queue, nextFrame } = queueWith(drawn);
  queue.add([0, 1, 2, 3, 4, 5]);
  assert.deepEqual(drawn, [0, 1, 2, 3]);
  queue.add([5, 6, 0]);
  assert.deepEqual(drawn, [0, 1, 2, 3], 'those that come meanwhile wait behind');
  assert.ok(nextFrame());
  assert.deepEqual(drawn, [0, 1, 2, 3, 4, 5, 6, 0]);
  assert.equal(nextFrame(), false, 'and then nothing is waited for');
  queue.add([7]);
  assert.equal(drawn.at(-1), 7);
});

test('one that is closed draws nothing more', () => {
  const drawn: number[] = [];
  const { queue, nextFrame } = queueWith(drawn);
  queue.add([0, 1, 2, 3, 4]);
  queue.close();
  assert.equal(nextFrame(), false);
  assert.equal(drawn.length, 4);
});
