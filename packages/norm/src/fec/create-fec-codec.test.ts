import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createFecCodec } from './create-fec-codec.ts';
import type { FecCodec } from './fec-codec.ts';
import type { GaloisKernelName } from './galois-kernel.ts';

interface Vector {
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly symbolSize: number;
  readonly sourceCount: number;
  readonly source: string;
  readonly repair: string;
}

const path = new URL('../../vectors/reed-solomon.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(path, 'utf8')) as { vectors: readonly Vector[] };
const kernels: readonly GaloisKernelName[] = ['javascript', 'wasm-simd'];

for (const kernel of kernels) {
  describe(`the ${kernel} codec`, () => {
    for (const vector of vectors) {
      const { blockLength, repairSymbolCount, symbolSize, sourceCount } = vector;
      const name = `k=${blockLength} r=${repairSymbolCount}, ${sourceCount} source symbols of ${symbolSize} bytes`;
      const source = Buffer.from(vector.source, 'hex');
      const repair = Buffer.from(vector.repair, 'hex');

      test(`makes the repair symbols that libnorm makes: ${name}`, () => {
        const codec = createFecCodec({ blockLength, repairSymbolCount, symbolSize, blockCount: 1, kernel });
        const block = take(codec);
        block.set(source);
        codec.encodeRepairs(block, sourceCount, 0, repairSymbolCount);
        const made = Buffer.from(block.subarray(source.length, source.length + repair.length));
        assert.equal(made.toString('hex'), vector.repair);
      });

      test(`restores as many symbols as it can from libnorm's repair symbols: ${name}`, () => {
        const codec = createFecCodec({ blockLength, repairSymbolCount, symbolSize, blockCount: 1, kernel });
        const block = take(codec);
        const lostCount = Math.min(sourceCount, repairSymbolCount);
        block.set(source);
        block.set(repair, source.length);
        block.fill(0xee, 0, lostCount * symbolSize);
        const have = new Set<number>();
        for (let id = lostCount; id < sourceCount + repairSymbolCount; id++) have.add(id);
        assert.equal(codec.decode(block, sourceCount, have), true);
        assert.equal(Buffer.from(block.subarray(0, source.length)).toString('hex'), vector.source);
      });
    }
  });
}

function take(codec: FecCodec): Uint8Array {
  const block = codec.takeBlock();
  assert.ok(block);
  return block;
}
