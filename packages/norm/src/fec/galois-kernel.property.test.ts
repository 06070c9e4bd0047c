import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../random.ts';
import { createGaloisKernel } from './create-galois-kernel.ts';
import { multiply } from './galois-field.ts';
import type { GaloisKernelName } from './galois-kernel.ts';

interface Combination {
  readonly targetCount: number;
  readonly sourceCount: number;
  readonly firstRow: number;
  readonly length: number;
  /** Bytes between one symbol and the next, so that symbols begin at any address. */
  readonly gap: number;
  readonly seed: number;
}

const combinations = fc.record({
  targetCount: fc.integer({ min: 0, max: 11 }),
  sourceCount: fc.integer({ min: 0, max: 11 }),
  firstRow: fc.integer({ min: 0, max: 3 }),
  length: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(1400, 1424)),
  gap: fc.integer({ min: 0, max: 33 }),
  seed: fc.nat(),
});

for (const name of ['javascript', 'wasm-simd'] as const) {
  test(`the ${name} kernel writes the sum of the products to each target, and not a byte beside it`, () => {
    fc.assert(
      fc.property(combinations, (combination) => {
        const { before, after, coefficients } = run(combination, name);
        assert.deepEqual(after, combined(before, combination, coefficients));
      }),
    );
  });
}

function run({ targetCount, sourceCount, firstRow, length, gap, seed }: Combination, name: GaloisKernelName) {
  const stride = length + gap;
  const memorySize = (targetCount + sourceCount) * stride + gap;
  const kernel = createGaloisKernel({ memorySize, rowCount: firstRow + targetCount, columnCount: sourceCount }, name);
  const random = new Random(seed);
  for (let i = 0; i < memorySize; i++) kernel.memory[i] = random.below(256);
  const coefficients: number[] = [];
  for (let row = 0; row < targetCount; row++) {
    for (let column = 0; column < sourceCount; column++) {
      const value = random.below(256);
      kernel.setCoefficient(firstRow + row, column, value);
      coefficients.push(value);
    }
  }
  for (let i = 0; i < sourceCount; i++) kernel.sources[i] = gap + i * stride;
  for (let i = 0; i < targetCount; i++) kernel.targets[i] = gap + (sourceCount + i) * stride;
  const before = kernel.memory.slice();
  kernel.combine(firstRow, targetCount, sourceCount, length);
  return { before, after: kernel.memory.slice(), coefficients };
}

/** The definition, byte by byte. */
function combined(before: Uint8Array, combination: Combination, coefficients: readonly number[]): Uint8Array {
  const { targetCount, sourceCount, length, gap } = combination;
  const stride = length + gap;
  const result = before.slice();
  for (let target = 0; target < targetCount; target++) {
    for (let at = 0; at < length; at++) {
      let sum = 0;
      for (let source = 0; source < sourceCount; source++) {
        sum ^= multiply(coefficients[target * sourceCount + source]!, before[gap + source * stride + at]!);
      }
      result[gap + (sourceCount + target) * stride + at] = sum;
    }
  }
  return result;
}
