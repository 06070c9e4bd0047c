import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOver } from '../../test/rate/simulated-path.ts';
import { CC_FLAG } from '../wire/ext-cc.ts';
import { quantizeRate } from '../wire/quantization.ts';
import { AutoRate } from './auto-rate.ts';

const MEBIBYTE = 1024 ** 2;
const newRate = (): AutoRate => new AutoRate(1464);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const { megabits, seconds, foundAfter } of [
  { megabits: 10, seconds: 10, foundAfter: 1 },
  { megabits: 100, seconds: 8, foundAfter: 1 },
  { megabits: 1000, seconds: 4, foundAfter: 1 },
]) {
  test(`a link of ${megabits} Mbit/s is found within two seconds, and filled with less than 1 % lost`, () => {
    const { bitsPerSecond, dropped, sent } = runOver(newRate(), seconds, [{ bitsPerSecond: megabits * 1e6 }]);
    const settled = bitsPerSecond.slice(foundAfter);
    for (const rate of settled) assert.ok(rate > 0.9e6 * megabits, bitsPerSecond.join(' '));
    assert.ok(dropped / sent < 0.01, `${dropped} of ${sent}`);
  });
}

test('what a path loses by itself does not slow it down', () => {
  for (const lossRatio of [0.01, 0.5]) {
    const { bitsPerSecond } = runOver(newRate(), 8, [{ bitsPerSecond: 100e6, lossRatio }]);
    const settled = mean(bitsPerSecond.slice(2)) / (1 - lossRatio);
    assert.ok(settled > 90e6, `${lossRatio}: ${settled}`);
  }
});

test('a far path is filled as well, with loss of its own too', () => {
  for (const lossRatio of [0, 0.01]) {
    const far = { bitsPerSecond: 100e6, roundTripMicros: 40_000, lossRatio };
    const { bitsPerSecond, dropped, sent } = runOver(newRate(), 8, [far]);
    assert.ok(mean(bitsPerSecond.slice(2)) > 90e6 * (1 - lossRatio), bitsPerSecond.join(' '));
    assert.ok(dropped / sent < 0.01, `${dropped} of ${sent}`);
  }
});

test('a link that falls to a tenth is followed at once, and when it comes back within four seconds', () => {
  const bitsPerSecondAt = (now: number): number => (now > 3e6 && now < 6e6 ? 10e6 : 100e6);
  const { bitsPerSecond, rates } = runOver(newRate(), 12, [{ bitsPerSecond: 100e6, bitsPerSecondAt }]);
  assert.ok(rates[3]! * 8 < 15e6, rates.join(' '));
  assert.ok(bitsPerSecond[5]! > 8e6);
  assert.ok(bitsPerSecond[10]! > 90e6, bitsPerSecond.join(' '));
});

test('beside a TCP flow both get at least 30 %, whoever was there first, whether the receiver naps or not', () => {
  const seconds = 40;
  for (const tcpLeadMicros of [0, 2e6]) {
    for (const reader of [{}, { readBitsPerSecondAt: () => 10e9 }]) {
      const path = { bitsPerSecond: 100e6, isTcpBeside: true, tcpLeadMicros, ...reader };
      const { bitsPerSecond, tcpBits } = runOver(newRate(), seconds, [path]);
      assert.ok(mean(bitsPerSecond) > 30e6, bitsPerSecond.join(' '));
      assert.ok(tcpBits / seconds > 30e6, `${tcpBits / seconds}`);
    }
  }
});

test('bursts of others in a queue that was never empty do not bring the rate down for good', () => {
  const roundTripMicrosAt = (now: number): number => (now % 400_000 < 150_000 ? 13_000 : 8_000);
  const { bitsPerSecond, dropped, sent } = runOver(newRate(), 30, [{ bitsPerSecond: 100e6, roundTripMicrosAt }]);
  assert.ok(mean(bitsPerSecond.slice(10)) > 15e6, bitsPerSecond.join(' '));
  assert.ok(dropped / sent < 0.01, `${dropped} of ${sent}`);
});

test('when the TCP flow has ended the path is filled, and its queue is left empty again', () => {
  const rate = newRate();
  const path = { bitsPerSecond: 100e6, isTcpBeside: true, tcpEndsAt: 10e6 };
  runOver(rate, 30, [path]);
  const { bitsPerSecond, dropped } = runOver(rate, 10, [{ bitsPerSecond: 100e6 }], 30e6);
  assert.ok(mean(bitsPerSecond) > 90e6, bitsPerSecond.join(' '));
  assert.equal(dropped, 0);
});

test('a receiver that reads slower than its link brings is followed, and its socket does not run over', () => {
  const readBitsPerSecondAt = (): number => 300e6;
  const slowReader = { bitsPerSecond: 10e9, queueBytes: 8 * 1024 * 1024, readBitsPerSecondAt };
  const { bitsPerSecond, dropped } = runOver(newRate(), 8, [slowReader]);
  assert.ok(mean(bitsPerSecond.slice(1)) > 0.9 * 300e6, bitsPerSecond.join(' '));
  assert.equal(dropped, 0);
});

test('a receiver that is slow while it begins to work costs two seconds at most', () => {
  const readBitsPerSecondAt = (now: number): number => (now < 300_000 ? 20e6 : 2e9);
  const coldReader = { bitsPerSecond: 1e9, readBitsPerSecondAt };
  const { bitsPerSecond } = runOver(newRate(), 5, [coldReader]);
  assert.ok(mean(bitsPerSecond.slice(2)) > 0.9e9, bitsPerSecond.join(' '));
});

/** Of a link that is never what is full. */
const reader = (readBitsPerSecondAt: (now: number) => number, socketBytes: number) => [
  { bitsPerSecond: 10e9, queueBytes: 8 * MEBIBYTE, readBitsPerSecondAt, socketBytes },
];

test('a receiver that was behind gets what it can read as soon as it has read what waited', () => {
  const cold = runOver(
    newRate(),
    3,
    reader((now) => (now < 500_000 ? 100e6 : 900e6), 2 * MEBIBYTE),
  );
  assert.ok(cold.bitsPerSecond[1]! > 800e6, cold.bitsPerSecond.join(' '));
  const busy = runOver(
    newRate(),
    5,
    reader((now) => (now > 2e6 && now < 2.4e6 ? 100e6 : 900e6), MEBIBYTE),
  );
  assert.ok(busy.bitsPerSecond[3]! > 600e6, busy.bitsPerSecond.join(' '));
});

test('a receiver that falls far behind is followed at once, though it tells so late', () => {
  const { dropped } = runOver(
    newRate(),
    3,
    reader((now) => (now > 2e6 && now < 2.4e6 ? 150e6 : 900e6), 16 * MEBIBYTE),
  );
  assert.ok(dropped < 30_000, `${dropped}`);
});

test('the rate stays near what is sent, also when answers come in heaps', () => {
  const faster = { bitsPerSecond: 0, bitsPerSecondAt: (now: number) => (now < 1.5e6 ? 500e6 : 10e9) };
  const isSilentAt = (now: number): boolean => now > 1e6 && now % 250_000 < 190_000;
  const { rates } = runOver(newRate(), 5, [{ ...faster, queueBytes: 8 * MEBIBYTE, isSilentAt }]);
  // The driver of the simulation has a burst of 160 KiB in each millisecond.
  const sentMax = 160 * 1024 * 1000;
  assert.ok(rates[4]! > sentMax && rates[4]! < 1.5 * sentMax, rates.join(' '));
});

test('the slowest of several paths sets the pace, unless it does not count', () => {
  const paths = [{ bitsPerSecond: 100e6 }, { bitsPerSecond: 20e6 }];
  const slow = newRate();
  assert.ok(mean(runOver(slow, 6, paths).bitsPerSecond.slice(1)) < 21e6);
  assert.equal(slow.limitingNodeId, 2);
  slow.ignore(2);
  assert.equal(slow.limitingNodeId, 1);
  assert.ok(runOver(slow, 6, [paths[0]!], 6e6).bitsPerSecond[5]! > 90e6);
});

test('a bound holds, and the rate is found again when it is lifted', () => {
  const rate = newRate();
  rate.setMax(1e6);
  runOver(rate, 3, [{ bitsPerSecond: 100e6 }]);
  assert.ok(rate.bytesPerSecond <= 1e6);
  rate.setMax(undefined);
  assert.ok(runOver(rate, 6, [{ bitsPerSecond: 100e6 }], 3e6).bitsPerSecond[5]! > 90e6);
});

test('a group from which nobody answers gets 10 Mbit/s and no more, and the breaker says so', () => {
  const rate = newRate();
  const { rates } = runOver(rate, 8, [{ bitsPerSecond: 1e9, isSilentAt: () => true }]);
  assert.ok(Math.max(...rates) <= 1_250_000, rates.join(' '));
  assert.equal(rate.breakerCause, 'noFeedback');
});

test('when answers stop the rate falls to 1 Mbit/s, and rises when they come again', () => {
  const rate = newRate();
  const isSilentAt = (now: number): boolean => now > 2e6 && now < 9e6;
  const { rates, bitsPerSecond } = runOver(rate, 13, [{ bitsPerSecond: 100e6, isSilentAt }]);
  assert.equal(rates[8], 125_000, rates.join(' '));
  assert.equal(rate.breakerCause, undefined);
  assert.ok(bitsPerSecond[12]! > 90e6, bitsPerSecond.join(' '));
});

test('a receiver that reports no more than its rate is followed by that', () => {
  const rate = newRate();
  rate.onProbe({ sequence: 1, sentAt: 0, datagramCount: 1, byteCount: 40 }, 1000);
  const report = (ccFlags: number, bytesPerSecond: number): void =>
    rate.onReport(1000, {
      nodeId: 5,
      feedback: {
        ccSequence: 1,
        ccFlags,
        ccRttQuantized: 1,
        ccRateQuantized: quantizeRate(bytesPerSecond),
        lossQuantized: 0,
      },
      reception: undefined,
      roundTrip: 500,
    });
  report(CC_FLAG.start, 2.4e6);
  assert.ok(Math.abs(rate.bytesPerSecond - 2.4e6) < 5000);
  report(CC_FLAG.start, 4.8e6);
  report(0, 3e6);
  assert.ok(Math.abs(rate.bytesPerSecond - 3e6) < 5000);
  report(0, 100e6);
  assert.ok(rate.bytesPerSecond <= 6.1e6);
});
