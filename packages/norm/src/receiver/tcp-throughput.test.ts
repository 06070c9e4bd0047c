import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lossEventRateAt, tcpThroughput } from './tcp-throughput.ts';

test('one loss event in a hundred datagrams at 100 ms is the textbook 1.22 × s / (R × √p), less the time-outs', () => {
  const simple = (1460 * 1.2247) / (0.1 * Math.sqrt(0.01));
  const full = tcpThroughput(1460, 100_000, 0.01);
  assert.ok(full < simple && full > 0.85 * simple, `${full} of ${simple}`);
});

test('without loss there is no bound', () => {
  assert.equal(tcpThroughput(1460, 1000, 0), Infinity);
});

test('the inverse gives the loss event rate back', () => {
  for (const p of [1e-6, 1e-4, 0.01, 0.2]) {
    const back = lossEventRateAt(tcpThroughput(1460, 20_000, p), 1460, 20_000);
    assert.ok(Math.abs(back - p) < p / 1000, `${back} of ${p}`);
  }
});
