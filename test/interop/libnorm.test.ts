import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import type { FecSetting } from '@rollcall/norm';
import { LIBNORM_MISSING } from './libnorm-process.ts';
import { hearUnknownEncoding, transferFromLibnorm, transferToLibnorm } from './transfers.ts';

const MIB = 1024 ** 2;
/** Not a multiple of the symbol: the last symbol is short, and with it the last blocks. */
const LARGE_OBJECT_SIZE = 64 * MIB + 123;
const MEGABITS_PER_SECOND = 300;
/** Seconds on an idle machine; on a busy one the round-trip times grow, and with them every wait. */
const TIMEOUT_MILLIS = 180_000;

const CASES: readonly { readonly name: string; readonly fec: FecSetting & { readonly scheme: 'reedSolomon' } }[] = [
  { name: 'without parity', fec: { scheme: 'reedSolomon', blockLength: 64, repairSymbolCount: 0 } },
  { name: 'with parity on request', fec: { scheme: 'reedSolomon', blockLength: 64, repairSymbolCount: 16 } },
  {
    name: 'with parity unasked and on request, k = 200',
    fec: { scheme: 'reedSolomon', blockLength: 200, repairSymbolCount: 40, proactiveRepairSymbols: 6 },
  },
];

const BLOCK_LENGTH = 10;
const SYMBOL_SIZE = 500;
/** Blocks that are full, one symbol short, much shorter than the maximum; symbols that are full, short, alone. */
const SMALL_SIZES = [
  1,
  SYMBOL_SIZE - 1,
  SYMBOL_SIZE,
  SYMBOL_SIZE + 1,
  (BLOCK_LENGTH - 1) * SYMBOL_SIZE,
  BLOCK_LENGTH * SYMBOL_SIZE,
  BLOCK_LENGTH * SYMBOL_SIZE + 1,
  11 * BLOCK_LENGTH * SYMBOL_SIZE - 3,
  13 * SYMBOL_SIZE + 7,
];

describe("NRL's NORM library", { skip: LIBNORM_MISSING }, () => {
  for (const [direction, transferObjects, sizes] of [
    // It takes an empty object from others, and sends none.
    ['receives what our sender sends', transferToLibnorm, [0, ...SMALL_SIZES]],
    ['is understood by our receiver', transferFromLibnorm, SMALL_SIZES],
  ] as const) {
    for (const lossPercent of [0, 5]) {
      for (const { name, fec } of CASES) {
        test(`${direction}: 64 MiB, ${lossPercent} % loss, ${name}`, { timeout: TIMEOUT_MILLIS }, async (context) => {
          const seed = randomInt(2 ** 31);
          context.diagnostic(`seed ${seed}`);
          await transferObjects({
            objects: [randomBytes(LARGE_OBJECT_SIZE)],
            kind: 'file',
            symbolSize: 1400,
            fec,
            lossPercent,
            megabitsPerSecond: MEGABITS_PER_SECOND,
            seed,
          });
        });
      }
    }

    test(
      `${direction}: objects and blocks shorter than the maximum, 20 % loss`,
      { timeout: TIMEOUT_MILLIS },
      async (context) => {
        const seed = randomInt(2 ** 31);
        context.diagnostic(`seed ${seed}`);
        await transferObjects({
          objects: sizes.map((size) => randomBytes(size)),
          kind: 'data',
          symbolSize: SYMBOL_SIZE,
          fec: { scheme: 'reedSolomon', blockLength: BLOCK_LENGTH, repairSymbolCount: 6 },
          lossPercent: 20,
          megabitsPerSecond: 10,
          seed,
        });
      },
    );
  }

  for (const [direction, transferObjects] of [
    ['its NACKs to the group reach our sender', transferToLibnorm],
    ['our NACKs to the group reach its sender', transferFromLibnorm],
  ] as const) {
    test(`any-source, the portable socket: ${direction}`, { timeout: TIMEOUT_MILLIS }, async (context) => {
      const seed = randomInt(2 ** 31);
      context.diagnostic(`seed ${seed}`);
      const { stats } = await transferObjects({
        objects: [randomBytes(2 * MIB)],
        kind: 'file',
        symbolSize: 1400,
        fec: { scheme: 'reedSolomon', blockLength: 64, repairSymbolCount: 16 },
        lossPercent: 5,
        megabitsPerSecond: 50,
        feedback: 'multicast',
        implementation: 'portable',
        seed,
      });
      assert.ok(stats.nackCount > 0);
    });
  }

  test('what it sends under an FEC encoding that we do not know is counted, and nothing else', async () => {
    for (const fecEncodingId of [2, 129]) {
      const { stats, eventTypes } = await hearUnknownEncoding(fecEncodingId);
      assert.ok(stats.malformedCount >= 10, `${stats.malformedCount} refused under id ${fecEncodingId}`);
      assert.deepEqual(
        eventTypes.filter((type) => type !== 'senderHeard'),
        [],
      );
    }
  });

  test('lost symbols are mended by repair symbols of the other side', { timeout: TIMEOUT_MILLIS }, async (context) => {
    const seed = randomInt(2 ** 31);
    context.diagnostic(`seed ${seed}`);
    const transfer = {
      objects: [randomBytes(4 * MIB)],
      kind: 'file',
      symbolSize: 1400,
      fec: { scheme: 'reedSolomon', blockLength: 64, repairSymbolCount: 32 },
      lossPercent: 5,
      megabitsPerSecond: 100,
      seed,
    } as const;
    const received = await transferFromLibnorm(transfer);
    assert.ok(received.stats.decodedSymbolCount > 50, `${received.stats.decodedSymbolCount} symbols were decoded`);
    const sent = await transferToLibnorm(transfer);
    assert.ok(sent.stats.parityCount > 50);
    assert.equal(sent.stats.parityCount, sent.stats.repairCount, 'what libnorm asked for came as parity alone');
  });
});
