import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathMonitor } from './path-monitor.ts';

function answer(monitor: PathMonitor, probe: number, received: number, clockMicros: number, waitedMicros = 0): boolean {
  const record = { sequence: probe, sentAt: probe * 10_000, datagramCount: probe * 100, byteCount: probe * 100_000 };
  return monitor.onReception(record, {
    datagramCount: received % 2 ** 32,
    byteCount: (received * 1000) % 2 ** 32,
    clockMicros: clockMicros % 2 ** 32,
    waitedMicros,
  });
}

test('between two answers: what was lost, and how fast the rest came through, also where the totals wrap', () => {
  const monitor = new PathMonitor();
  answer(monitor, 1, 2 ** 32 - 30, 2 ** 32 - 5000);
  answer(monitor, 2, 2 ** 32 + 60, 2 ** 32 + 15_000);
  const reading = monitor.reading(0, 1, 0);
  assert.deepEqual(reading && { ...reading, lossRatio: Math.round(reading.lossRatio * 100) }, {
    since: 10_000,
    datagramCount: 100,
    lossRatio: 10,
    sendRate: 10e6,
    deliveryRate: 4.5e6,
  });
});

test('a reading goes back as far as it must, and not before what it is asked for', () => {
  const monitor = new PathMonitor();
  for (let probe = 1; probe <= 6; probe += 1) answer(monitor, probe, probe * 100, probe * 10_000);
  assert.equal(monitor.reading(20_000, 1, 0)?.since, 40_000);
  assert.equal(monitor.reading(0, 250, 0)?.since, 30_000);
  assert.equal(monitor.reading(20_000, 1, 45_000), undefined);
});

test('an answer that comes again is no news', () => {
  const monitor = new PathMonitor();
  assert.equal(answer(monitor, 1, 100, 1000), true);
  assert.equal(answer(monitor, 1, 100, 1000), false);
});

test('one late answer is no queue, three in a row are', () => {
  const monitor = new PathMonitor();
  for (const roundTrip of [500, 600, 9000]) monitor.onRoundTrip(0, roundTrip);
  assert.equal(monitor.isQueued, false);
  for (const roundTrip of [8000, 7000]) monitor.onRoundTrip(0, roundTrip);
  assert.equal(monitor.queueDelay, 6500);
  assert.equal(monitor.isQueued, true);
});

test('a receiver is behind when much waits in its socket, three times in a row', () => {
  for (const { received, waits, isBehind } of [
    { received: 1000, waits: [30_000, 12_000, 30_000], isBehind: true },
    { received: 1000, waits: [30_000, 12_000], isBehind: false },
    { received: 1000, waits: [30_000, 9000, 30_000], isBehind: false },
    // So little at a time is read by any machine that gets to it.
    { received: 100, waits: [30_000, 20_000, 20_000], isBehind: false },
  ]) {
    const monitor = new PathMonitor();
    waits.forEach((waited, index) => answer(monitor, index + 1, index * received, index * 20_000, waited));
    const reading = monitor.reading(0, 1, 0);
    assert.ok(reading);
    assert.equal(monitor.isBehind(reading), isBehind, `${received} ${waits.join(' ')}`);
  }
});

test('pressed by the last wait alone, far behind by three that are long', () => {
  for (const { waits, isPressed, isFarBehind } of [
    { waits: [0, 0, 6000], isPressed: true, isFarBehind: false },
    { waits: [6000, 6000, 4000], isPressed: false, isFarBehind: false },
    { waits: [31_000, 40_000, 31_000], isPressed: true, isFarBehind: true },
    { waits: [31_000, 29_000, 31_000], isPressed: true, isFarBehind: false },
    { waits: [40_000, 40_000], isPressed: true, isFarBehind: false },
    { waits: [], isPressed: false, isFarBehind: false },
  ]) {
    const monitor = new PathMonitor();
    waits.forEach((waited, index) => answer(monitor, index + 1, index * 100, index * 20_000, waited));
    assert.deepEqual(
      { waits, isPressed: monitor.isPressed, isFarBehind: monitor.isFarBehind },
      { waits, isPressed, isFarBehind },
    );
  }
});
