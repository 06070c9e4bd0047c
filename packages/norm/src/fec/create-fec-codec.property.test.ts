import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../random.ts';
import { createFecCodec } from './create-fec-codec.ts';
import type { FecCodec } from './fec-codec.ts';
import type { GaloisKernelName } from './galois-kernel.ts';

/** A block, and the seed of its bytes and of which symbols the network takes first. */
interface Transmission {
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly symbolSize: number;
  readonly sourceCount: number;
  readonly lossCount: number;
  readonly seed: number;
}

const shapes = fc
  .tuple(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 254 })), fc.integer({ min: 1, max: 60 }))
  .map(([blockLength, repairs]) => ({ blockLength, repairSymbolCount: Math.min(repairs, 255 - blockLength) }));

const transmissions: fc.Arbitrary<Transmission> = shapes.chain(({ blockLength, repairSymbolCount }) =>
  fc.record({
    blockLength: fc.constant(blockLength),
    repairSymbolCount: fc.constant(repairSymbolCount),
    symbolSize: fc.integer({ min: 1, max: 100 }),
    sourceCount: fc.integer({ min: 1, max: blockLength }),
    lossCount: fc.integer({ min: 0, max: repairSymbolCount }),
    seed: fc.nat(),
  }),
);

for (const kernel of ['javascript', 'wasm-simd'] as const) {
  describe(`the ${kernel} codec`, () => {
    test('restores the block whichever symbols are lost, as long as no more are lost than were added', () => {
      fc.assert(
        fc.property(transmissions, (transmission) => {
          const { block, codec, complete, lossOrder } = encoded(transmission, kernel);
          const { sourceCount, symbolSize, lossCount } = transmission;
          const have = new Set(lossOrder.slice(lossCount));
          const expected = complete.slice();
          for (const id of lossOrder.slice(0, lossCount)) {
            block.fill(0x55, id * symbolSize, (id + 1) * symbolSize);
            if (id >= sourceCount) expected.fill(0x55, id * symbolSize, (id + 1) * symbolSize);
          }
          assert.equal(codec.decode(block, sourceCount, have), true);
          assert.deepEqual(block, expected);
        }),
      );
    });

    test('refuses a block that lacks one symbol too many, and leaves it as it is', () => {
      fc.assert(
        fc.property(transmissions, (transmission) => {
          const { block, codec, lossOrder } = encoded(transmission, kernel);
          const { sourceCount, repairSymbolCount } = transmission;
          const have = new Set(lossOrder.slice(repairSymbolCount + 1));
          const before = block.slice();
          assert.equal(codec.decode(block, sourceCount, have), false);
          assert.deepEqual(block, before);
        }),
      );
    });
  });
}

test('both kernels make the same repair symbols, all at once or one at a time', () => {
  fc.assert(
    fc.property(transmissions, (transmission) => {
      const { complete } = encoded(transmission, 'javascript');
      const { block, codec } = encoded(transmission, 'wasm-simd');
      assert.deepEqual(block, complete);
      const { sourceCount, symbolSize, repairSymbolCount } = transmission;
      block.fill(0x55, sourceCount * symbolSize, (sourceCount + repairSymbolCount) * symbolSize);
      for (let repair = repairSymbolCount - 1; repair >= 0; repair--) codec.encodeRepair(block, sourceCount, repair);
      assert.deepEqual(block, complete);
    }),
  );
});

interface Encoded {
  readonly codec: FecCodec;
  readonly block: Uint8Array;
  /** The block as it was sent. */
  readonly complete: Uint8Array;
  readonly lossOrder: readonly number[];
}

function encoded(transmission: Transmission, kernel: GaloisKernelName): Encoded {
  const { sourceCount, symbolSize, repairSymbolCount, seed } = transmission;
  const codec = createFecCodec({ ...transmission, blockCount: 2, kernel });
  codec.takeBlock();
  const block = codec.takeBlock();
  assert.ok(block);
  const random = new Random(seed);
  for (let i = 0; i < sourceCount * symbolSize; i++) block[i] = random.below(256);
  codec.encodeRepairs(block, sourceCount, 0, repairSymbolCount);
  const lossOrder = Array.from({ length: sourceCount + repairSymbolCount }, (_, id) => id);
  for (let i = lossOrder.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [lossOrder[i], lossOrder[j]] = [lossOrder[j]!, lossOrder[i]!];
  }
  return { codec, block, complete: block.slice(), lossOrder };
}
