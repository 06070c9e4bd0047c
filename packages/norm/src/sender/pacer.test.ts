import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacer } from './pacer.ts';

/** Bytes sent from `from` to `until` by a driver that comes every `stepMicros`. */
function sentBy(pacer: Pacer, from: number, until: number, stepMicros: number): number {
  let sent = 0;
  for (let now = from; now < until; now += stepMicros) {
    pacer.advance(now);
    while (pacer.maySend(now)) {
      pacer.spend(1000);
      sent += 1000;
    }
  }
  return sent;
}

test('a driver that comes in time, and one that is late within the burst, get the rate', () => {
  for (const stepMicros of [10, 500, 1500]) {
    const sent = sentBy(new Pacer(10e6), 0, 1e6, stepMicros);
    assert.ok(Math.abs(sent - 10e6) < 30_000, `${stepMicros}: ${sent}`);
  }
});

test('after a long silence no more than the burst goes out at once', () => {
  const pacer = new Pacer(10e6, { micros: 10_000, minBytes: 4000, maxBytes: 8000 });
  pacer.advance(0);
  pacer.spend(1000);
  const burst = sentBy(pacer, 60e6, 60e6 + 1, 1);
  assert.ok(burst >= 8000 && burst <= 9000, `${burst}`);
});

test('a driver that sleeps for a millisecond gets a rate that makes more than the burst in that time', () => {
  const burst = { micros: 5000, minBytes: 4000, maxBytes: 100_000, minMicros: 1500 };
  const sent = sentBy(new Pacer(300e6, burst), 0, 1e6, 1200);
  assert.ok(sent > 0.99 * 300e6, `${sent}`);
});

test('nextAt is an instant at which a datagram may be sent, and not one microsecond sooner than it must', () => {
  const pacer = new Pacer(3e6);
  pacer.advance(0);
  pacer.spend(1000);
  assert.equal(pacer.nextAt, 334);
  pacer.advance(333);
  assert.ok(!pacer.maySend(333));
  assert.ok(pacer.maySend(334));
});

test('a rate that is not above zero is refused', () => {
  for (const rate of [0, -1, Number.NaN, Infinity]) assert.throws(() => new Pacer(rate), RangeError);
});
