import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFecCodec } from '../fec/create-fec-codec.ts';
import { RepairRequestBuilder } from '../object/repair-request-builder.ts';
import { readRepairDemand } from '../object/repair-demand.ts';
import { RangeSet, type ByteRange } from '../range-set.ts';
import { Random } from '../random.ts';
import { BlockStore } from './block-store.ts';
import { OverheardRequests } from './overheard-requests.ts';
import { ReceivedObject } from './received-object.ts';

interface Drawn {
  readonly size: number;
  readonly symbolSize: number;
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly bufferCount: number;
  readonly shelteredSymbolsMax: number;
  readonly seed: number;
}

const shape: fc.Arbitrary<Drawn> = fc.record({
  size: fc.integer({ min: 1, max: 4000 }),
  symbolSize: fc.integer({ min: 1, max: 64 }),
  blockLength: fc.integer({ min: 1, max: 40 }),
  repairSymbolCount: fc.integer({ min: 0, max: 10 }),
  bufferCount: fc.integer({ min: 1, max: 4 }),
  shelteredSymbolsMax: fc.integer({ min: 0, max: 20 }),
  seed: fc.nat(),
});

/** An object, all its encoding symbols, and a sink that knows what it was given. */
class Bench {
  readonly content: Uint8Array;
  readonly object: ReceivedObject;
  readonly written = new RangeSet();
  readonly reported: ByteRange[] = [];
  readonly symbols: { block: number; symbol: number; payload: Uint8Array }[] = [];

  constructor({ size, symbolSize, blockLength, repairSymbolCount, bufferCount, shelteredSymbolsMax, seed }: Drawn) {
    const random = new Random(seed);
    this.content = Uint8Array.from({ length: size }, () => random.below(256));
    const target = new Uint8Array(size);
    const sink = {
      write: (offset: number, bytes: Uint8Array): void => {
        target.set(bytes, offset);
        assert.deepEqual(bytes, this.content.subarray(offset, offset + bytes.length));
        this.written.add(offset, offset + bytes.length);
      },
      read: (offset: number, into: Uint8Array): void => {
        assert.ok(this.written.covers(offset, offset + into.length));
        into.set(this.content.subarray(offset, offset + into.length));
      },
    };
    const announcement = {
      senderId: 1,
      instanceId: 1,
      toi: 0,
      size,
      symbolSize,
      blockLength,
      repairSymbolCount,
      hasInfo: false,
      kind: 'file' as const,
    };
    const store = new BlockStore(
      createFecCodec({ blockLength, repairSymbolCount, symbolSize, blockCount: bufferCount }),
      shelteredSymbolsMax,
    );
    this.object = new ReceivedObject(announcement, 5, sink, store, (offset, length) =>
      this.reported.push({ offset, length }),
    );
    this.#encode(symbolSize, blockLength, repairSymbolCount);
  }

  hold(range: ByteRange): void {
    this.written.add(range.offset, range.offset + range.length);
    this.object.hold(range);
  }

  #encode(symbolSize: number, blockLength: number, repairSymbolCount: number): void {
    const { partition } = this.object;
    const codec = createFecCodec({ blockLength, repairSymbolCount, symbolSize, blockCount: 1 });
    const buffer = codec.takeBlock();
    assert.ok(buffer !== undefined);
    for (let block = 0; block < partition.blockCount; block += 1) {
      const length = partition.lengthOf(block);
      const offset = partition.offsetOf(block);
      buffer.fill(0);
      buffer.set(this.content.subarray(offset, offset + partition.bytesOf(block)));
      codec.encodeRepairs(buffer, length, 0, repairSymbolCount);
      for (let symbol = 0; symbol < length + repairSymbolCount; symbol += 1) {
        const size = symbol < length ? partition.symbolBytes(partition.firstSymbolOf(block) + symbol) : symbolSize;
        this.symbols.push({ block, symbol, payload: buffer.slice(symbol * symbolSize, symbol * symbolSize + size) });
      }
    }
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = random.below(index + 1);
    [result[index], result[other]] = [result[other]!, result[index]!];
  }
  return result;
}

test('symbols in any order, with few buffers, make the object; each byte is reported once', () => {
  fc.assert(
    fc.property(shape, (drawn) => {
      const bench = new Bench(drawn);
      const random = new Random(drawn.seed + 1);
      // A repair symbol may be dropped when its buffer is needed, so the row is repeated until nothing is lacking.
      for (let round = 0; round < 50 && !bench.object.isComplete; round += 1) {
        for (const { block, symbol, payload } of shuffled(bench.symbols, random))
          bench.object.add(block, symbol, payload);
      }
      assert.ok(bench.object.isComplete);
      assert.ok(bench.written.covers(0, drawn.size));
      const reported = new RangeSet();
      for (const { offset, length } of bench.reported) reported.add(offset, offset + length);
      assert.equal(reported.size, drawn.size);
      assert.equal(
        bench.reported.reduce((sum, { length }) => sum + length, 0),
        drawn.size,
      );
    }),
  );
});

test('as many symbols as each block takes are enough, in any order and with one buffer, where the shelter has room', () => {
  fc.assert(
    fc.property(shape, (drawn) => {
      const symbolCount = Math.ceil(drawn.size / drawn.symbolSize);
      const bench = new Bench({ ...drawn, bufferCount: 1, shelteredSymbolsMax: symbolCount });
      const random = new Random(drawn.seed + 1);
      const lacking = new Map<number, number>();
      for (const { block, symbol, payload } of shuffled(bench.symbols, random)) {
        const left = lacking.get(block) ?? bench.object.partition.lengthOf(block);
        if (left === 0) continue;
        assert.notEqual(bench.object.add(block, symbol, payload), 'duplicate');
        lacking.set(block, left - 1);
      }
      assert.ok(bench.object.isComplete);
      assert.ok(bench.written.covers(0, drawn.size));
    }),
  );
});

/** Four blocks of ten symbols and five repair symbols, one buffer, and room for the repair symbols of three blocks. */
class CrampedBench extends Bench {
  constructor() {
    super({
      size: 400,
      symbolSize: 10,
      blockLength: 10,
      repairSymbolCount: 5,
      bufferCount: 1,
      shelteredSymbolsMax: 15,
      seed: 1,
    });
  }

  add(block: number, from: number, to: number): void {
    for (const { block: of, symbol, payload } of this.symbols)
      if (of === block && symbol >= from && symbol < to) this.object.add(block, symbol, payload);
  }
}

test('a range that turns out to be wrong takes the sheltered repair symbols of its blocks with it', () => {
  const bench = new CrampedBench();
  bench.add(0, 0, 4);
  bench.add(0, 10, 15);
  // Another block takes the only buffer.
  bench.add(1, 0, 1);
  bench.object.lose({ offset: 0, length: 10 });
  bench.add(0, 4, 10);
  assert.equal(bench.object.firstIncomplete, 0);
  bench.add(0, 0, 1);
  assert.equal(bench.object.firstIncomplete, 1);
  // Nor is their room lost: three blocks' find a place.
  for (const block of [1, 2, 3]) bench.add(block, 10, 15);
  for (const block of [1, 2, 3]) bench.add(block, 0, 5);
  assert.ok(bench.object.isComplete);
});

test('bytes from another path complete a block together with its sheltered repair symbols', () => {
  const bench = new CrampedBench();
  bench.add(0, 10, 15);
  bench.add(1, 0, 1);
  bench.object.put(0, bench.content.subarray(0, 50));
  assert.equal(bench.object.firstIncomplete, 1);
  assert.ok(bench.written.covers(0, 100));
});

test('with one buffer and no shelter an object becomes complete, although half of what is asked for is lost each time', () => {
  const shelterless = { size: 400, symbolSize: 10, blockLength: 10, repairSymbolCount: 5, shelteredSymbolsMax: 0 };
  const bench = new Bench({ ...shelterless, bufferCount: 1, seed: 1 });
  const { object, symbols } = bench;
  for (const { block, symbol, payload } of symbols) if (symbol < 5) object.add(block, symbol, payload);
  object.pastBlock = object.partition.blockCount;
  for (let round = 0; round < 10 && !object.isComplete; round += 1) {
    for (const [index, asked] of symbolsAskedFor(object).entries()) {
      if ((index + round) % 2 === 0) continue;
      const sent = symbols.find(({ block, symbol }) => block === asked.block && symbol === asked.symbol);
      object.add(asked.block, asked.symbol, sent!.payload);
    }
  }
  assert.ok(object.isComplete);
});

function symbolsAskedFor(object: ReceivedObject): { readonly block: number; readonly symbol: number }[] {
  const asked: { block: number; symbol: number }[] = [];
  const refuse = (): void => assert.fail('only symbols are lacking');
  const builder = new RepairRequestBuilder(60_000);
  object.addDemand(builder, new OverheardRequests());
  readRepairDemand(builder.build(), {
    info: refuse,
    objects: refuse,
    erasures: refuse,
    blocks: refuse,
    symbols: (_, block, symbols) => {
      for (let symbol = symbols.next(0); symbol >= 0; symbol = symbols.next(symbol + 1)) asked.push({ block, symbol });
    },
  });
  return asked;
}

test('missing ranges are exactly what is not in the sink, and with them put in the object is complete', () => {
  fc.assert(
    fc.property(
      shape,
      fc.array(fc.tuple(fc.nat(3999), fc.integer({ min: 1, max: 300 })), { maxLength: 5 }),
      (drawn, held) => {
        const bench = new Bench(drawn);
        const random = new Random(drawn.seed + 1);
        for (const [start, length] of held) {
          const offset = start % drawn.size;
          bench.hold({ offset, length: Math.min(length, drawn.size - offset) });
        }
        for (const { block, symbol, payload } of shuffled(bench.symbols, random)) {
          if (random.chance(0.6)) bench.object.add(block, symbol, payload);
        }
        const missing = bench.object.missingRanges();
        assert.deepEqual(missing, bench.written.gaps(0, drawn.size));
        for (const { offset, length } of missing) {
          // In two parts, so that symbols are filled from more than one.
          const half = Math.ceil(length / 2);
          bench.object.put(offset, bench.content.subarray(offset, offset + half));
          bench.object.put(offset + half, bench.content.subarray(offset + half, offset + length));
        }
        assert.ok(bench.object.isComplete);
        assert.deepEqual(bench.object.missingRanges(), []);
        assert.ok(bench.written.covers(0, drawn.size));
      },
    ),
  );
});

test('what is asked for is as many symbols as each passed block lacks, none of which is there', () => {
  fc.assert(
    fc.property(shape, (drawn) => {
      // Room for all blocks: repair symbols of a block that had to make room are lost.
      const bench = new Bench({ ...drawn, bufferCount: Math.ceil(drawn.size / drawn.symbolSize) });
      const { object } = bench;
      const random = new Random(drawn.seed + 1);
      const lacking = new Map<number, number>();
      const got = new Set<string>();
      for (let block = 0; block < object.partition.blockCount; block += 1) {
        lacking.set(block, object.partition.lengthOf(block));
      }
      for (const { block, symbol, payload } of bench.symbols) {
        if (!random.chance(0.5) || object.add(block, symbol, payload) === 'duplicate') continue;
        got.add(`${block}/${symbol}`);
        lacking.set(block, lacking.get(block)! - 1);
      }
      object.pastBlock = object.partition.blockCount;
      const builder = new RepairRequestBuilder(60_000);
      object.addDemand(builder, new OverheardRequests());
      const asked = new Map<number, number>();
      const refuse = (): void => assert.fail('only blocks and symbols are lacking');
      readRepairDemand(builder.build(), {
        info: refuse,
        objects: refuse,
        erasures: refuse,
        blocks: (_, first, last) => {
          for (let block = first; block <= last; block += 1) asked.set(block, object.partition.lengthOf(block));
        },
        symbols: (_, block, symbols) => {
          for (let symbol = symbols.next(0); symbol >= 0; symbol = symbols.next(symbol + 1)) {
            assert.ok(!got.has(`${block}/${symbol}`));
          }
          asked.set(block, symbols.count);
        },
      });
      const wanted = [...lacking].filter(([, count]) => count > 0);
      assert.deepEqual(
        [...asked].sort(([a], [b]) => a - b),
        wanted,
      );
    }),
  );
});

test('symbols that the object does not have are refused', () => {
  const bench = new Bench({
    size: 1000,
    symbolSize: 10,
    blockLength: 16,
    repairSymbolCount: 4,
    bufferCount: 4,
    shelteredSymbolsMax: 0,
    seed: 1,
  });
  const { object } = bench;
  assert.equal(object.add(object.partition.blockCount, 0, new Uint8Array(10)), 'invalid');
  assert.equal(object.add(0, object.partition.lengthOf(0) + 4, new Uint8Array(10)), 'invalid');
  assert.equal(object.add(0, 0, new Uint8Array(9)), 'invalid');
  assert.equal(object.add(0, object.partition.lengthOf(0), new Uint8Array(9)), 'invalid');
});
