import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeRepairRequests } from '../wire/repair-request.ts';
import { readRepairDemand, type RepairDemandReader } from './repair-demand.ts';
import { RepairRequestBuilder } from './repair-request-builder.ts';
import { SymbolBits } from './symbol-bits.ts';

const FEC = 5;

/** Writes down what it is told. */
class Recorder implements RepairDemandReader {
  readonly told: string[] = [];

  info(first: number, last: number): void {
    for (let toi = first; toi <= last; toi += 1) this.told.push(`info ${toi}`);
  }

  objects(first: number, last: number): void {
    for (let toi = first; toi <= last; toi += 1) this.told.push(`object ${toi}`);
  }

  blocks(toi: number, first: number, last: number): void {
    for (let block = first; block <= last; block += 1) this.told.push(`block ${toi}/${block}`);
  }

  symbols(toi: number, block: number, symbols: SymbolBits): void {
    this.told.push(`symbols ${toi}/${block}: ${members(symbols).join()}`);
  }

  erasures(toi: number, block: number, count: number): void {
    this.told.push(`erasures ${toi}/${block}: ${count}`);
  }
}

function members(symbols: SymbolBits): number[] {
  const found: number[] = [];
  for (let symbol = symbols.next(0); symbol >= 0; symbol = symbols.next(symbol + 1)) found.push(symbol);
  return found;
}

const want = fc.oneof(
  fc.record({ type: fc.constant('object' as const) }),
  fc.record({ type: fc.constant('block' as const) }),
  fc.record({ type: fc.constant('info' as const) }),
  fc.record({
    type: fc.constant('symbols' as const),
    symbols: fc.uniqueArray(fc.integer({ min: 0, max: 254 }), { minLength: 1, maxLength: 20 }),
  }),
);

test('what is asked for is read back as it was meant, in order, within the size allowed', () => {
  fc.assert(
    fc.property(fc.array(want, { maxLength: 30 }), fc.integer({ min: 64, max: 1400 }), (wants, sizeMax) => {
      const builder = new RepairRequestBuilder(sizeMax);
      const meant: string[] = [];
      wants.forEach((entry, index) => {
        // A gap after every third place, so that there are neighbours and strangers.
        const place = index + Math.floor(index / 3);
        if (builder.isFull) return;
        if (entry.type === 'object') {
          if (builder.addObject(FEC, place)) meant.push(`object ${place}`);
        } else if (entry.type === 'block') {
          if (builder.addBlock(FEC, 9, place)) meant.push(`block 9/${place}`);
        } else if (entry.type === 'info') {
          if (builder.addInfo(FEC, place)) meant.push(`info ${place}`);
        } else {
          const symbols = new SymbolBits();
          for (const symbol of entry.symbols) symbols.add(symbol);
          if (builder.addSymbols(FEC, 9, place, symbols)) meant.push(`symbols 9/${place}: ${members(symbols).join()}`);
        }
      });
      const { isFull } = builder;
      const requests = builder.build();
      assert.ok(writeRepairRequests(new DataView(new ArrayBuffer(4096)), 0, requests) <= sizeMax);
      const recorder = new Recorder();
      readRepairDemand(requests, recorder);
      // The last block may have fitted in part.
      assert.deepEqual(recorder.told.slice(0, meant.length), meant);
      if (!isFull) assert.equal(recorder.told.length, meant.length);
    }),
  );
});

test('neighbouring blocks are one range', () => {
  const builder = new RepairRequestBuilder(1400);
  for (let block = 10; block < 500; block += 1) builder.addBlock(FEC, 1, block);
  const [request, ...others] = builder.build();
  assert.deepEqual(others, []);
  assert.ok(request !== undefined && request.form === 'ranges' && request.ranges.length === 1);
});

test('runs that make no sense are skipped, and what follows them is read', () => {
  const recorder = new Recorder();
  const at = (sourceBlockNumber: number, encodingSymbolId: number) =>
    ({ fecEncodingId: FEC, toi: 1, sourceBlockNumber, encodingSymbolId }) as const;
  readRepairDemand(
    [
      {
        form: 'ranges',
        flags: 1,
        ranges: [
          { first: at(5, 0), last: at(4, 9) },
          { first: at(5, 9), last: at(5, 3) },
          { first: at(6, 2), last: at(6, 3) },
        ],
      },
      { form: 'erasures', flags: 1, erasures: [at(7, 4)] },
    ],
    recorder,
  );
  assert.deepEqual(recorder.told, ['symbols 1/6: 2,3', 'erasures 1/7: 4']);
});
