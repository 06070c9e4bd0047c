/**
 * How fast the erasure code is, in GB/s of source symbols, and against copying the same bytes: node bench/codec.ts
 *
 * Every pass goes over many blocks in turn, together larger than the core's own caches, as in a transfer; the figure is
 * the median of several passes. --json prints one JSON document instead of the table.
 */
import { cpus } from 'node:os';
import { createFecCodec } from '../packages/norm/src/fec/create-fec-codec.ts';
import type { FecCodec } from '../packages/norm/src/fec/fec-codec.ts';
import type { GaloisKernelName } from '../packages/norm/src/fec/galois-kernel.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

interface Measurement {
  readonly kernel: GaloisKernelName;
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly copyGigabytesPerSecond: number;
  readonly encodeGigabytesPerSecond: number;
  /** All repair symbols are used up: as many source symbols are lost. */
  readonly decodeGigabytesPerSecond: number;
}

const SYMBOL_SIZE = 1400;
const SHAPES = [
  { blockLength: 64, repairSymbolCount: 1 },
  { blockLength: 64, repairSymbolCount: 8 },
  { blockLength: 128, repairSymbolCount: 16 },
  { blockLength: 200, repairSymbolCount: 20 },
  { blockLength: 200, repairSymbolCount: 55 },
];
const WORKING_SET_SIZE = 8 * 1024 ** 2;
const PASS_COUNT = 5;
const PASS_MILLIS = 40;

const { values } = scriptFlags(import.meta.url, { options: { json: { type: 'boolean', default: false } } });
const measurements = (['wasm-simd', 'javascript'] as const).flatMap((kernel) =>
  SHAPES.map(({ blockLength, repairSymbolCount }) => measure(kernel, blockLength, repairSymbolCount)),
);
const machine = `${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.versions.node}, ${process.arch}`;
if (values.json) console.log(JSON.stringify({ machine, symbolSize: SYMBOL_SIZE, measurements }));
else printTable();

function measure(kernel: GaloisKernelName, blockLength: number, repairSymbolCount: number): Measurement {
  const sourceSize = blockLength * SYMBOL_SIZE;
  const blockCount = Math.ceil(WORKING_SET_SIZE / sourceSize);
  const shape = { blockLength, repairSymbolCount, symbolSize: SYMBOL_SIZE };
  const codec = createFecCodec({ ...shape, blockCount, kernel });
  const blocks = Array.from({ length: blockCount }, () => filledBlock(codec, sourceSize));
  const sources = blocks.map((block) => block.subarray(0, sourceSize));
  const copies = sources.map((source) => source.slice());

  const copy = gigabytesPerSecond(sourceSize, blockCount, (i) => copies[i]!.set(sources[i]!));
  const encode = gigabytesPerSecond(sourceSize, blockCount, (i) =>
    codec.encodeRepairs(blocks[i]!, blockLength, 0, repairSymbolCount),
  );
  const have = new Set(Array.from({ length: blockLength + repairSymbolCount }, (_, id) => id));
  for (let i = 0; i < repairSymbolCount; i++) have.delete(Math.floor((i * blockLength) / repairSymbolCount));
  for (const block of blocks) {
    for (let id = 0; id < blockLength; id++) {
      if (!have.has(id)) block.fill(0, id * SYMBOL_SIZE, (id + 1) * SYMBOL_SIZE);
    }
  }
  const decode = gigabytesPerSecond(sourceSize, blockCount, (i) => codec.decode(blocks[i]!, blockLength, have));
  if (sources.some((source, i) => Buffer.compare(source, copies[i]!) !== 0)) throw new Error('decoded wrongly');
  return {
    kernel,
    blockLength,
    repairSymbolCount,
    copyGigabytesPerSecond: copy,
    encodeGigabytesPerSecond: encode,
    decodeGigabytesPerSecond: decode,
  };
}

function filledBlock(codec: FecCodec, sourceSize: number): Uint8Array {
  const block = codec.takeBlock();
  if (block === undefined) throw new Error('out of blocks');
  for (let i = 0; i < sourceSize; i++) block[i] = Math.random() * 256;
  return block;
}

/** The median over passes; the first one, in which the engine is still optimising, does not count. */
function gigabytesPerSecond(size: number, blockCount: number, work: (block: number) => void): number {
  const rates: number[] = [];
  for (let pass = 0; pass <= PASS_COUNT; pass++) {
    const start = performance.now();
    let bytes = 0;
    let elapsed: number;
    do {
      for (let block = 0; block < blockCount; block++) work(block);
      bytes += blockCount * size;
      elapsed = performance.now() - start;
    } while (elapsed < PASS_MILLIS);
    if (pass > 0) rates.push(bytes / elapsed / 1e6);
  }
  return rates.sort((a, b) => a - b)[PASS_COUNT >> 1]!;
}

function printTable(): void {
  console.log(`${machine}; symbols of ${SYMBOL_SIZE} bytes; GB/s of source, and as a part of memory copy\n`);
  console.log('kernel        k    r      copy           encode           decode');
  for (const measurement of measurements) {
    const { copyGigabytesPerSecond: copy } = measurement;
    const rate = (value: number): string => `${value.toFixed(2)} (${(value / copy).toFixed(3)})`.padStart(17);
    console.log(
      measurement.kernel.padEnd(10) +
        String(measurement.blockLength).padStart(5) +
        String(measurement.repairSymbolCount).padStart(5) +
        copy.toFixed(2).padStart(10) +
        rate(measurement.encodeGigabytesPerSecond) +
        rate(measurement.decodeGigabytesPerSecond),
    );
  }
}
