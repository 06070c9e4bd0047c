import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { extend, extendNear } from './extended-sequence.ts';

test('within half a roll-over the 16 bits tell the whole', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.integer({ min: -32_768, max: 32_767 }), (known, step) => {
      const sequence = (known + step + 2 ** 48) % 65_536;
      assert.equal(extendNear(known, sequence), known + step);
    }),
  );
  assert.equal(extend(3, 5), 3 * 65_536 + 5);
});
