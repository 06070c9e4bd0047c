import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplayWindow } from './replay-window.ts';

const SIZE = 64;

test('everything new is taken once, nothing twice, and nothing that is older than the window', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.array(fc.integer({ min: -2 * SIZE, max: 2 * SIZE }), { maxLength: 300 }),
      (start, steps) => {
        const window = new ReplayWindow(SIZE, start);
        const taken = new Set<number>();
        let highest = start;
        for (const step of steps) {
          const sequence = highest + step;
          const isFresh = sequence > start && !taken.has(sequence) && highest - sequence < SIZE;
          assert.equal(window.isFresh(sequence), isFresh, `${sequence} after ${highest}`);
          if (!isFresh) continue;
          window.take(sequence);
          taken.add(sequence);
          highest = Math.max(highest, sequence);
          assert.equal(window.highest, highest);
        }
      },
    ),
    { numRuns: 500 },
  );
});
