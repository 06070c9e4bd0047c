import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idealSeconds, parseCell, patienceSeconds, TABLE } from './cells.ts';

test('a cell is read from its id', () => {
  const { rateBitsPerSecond, devices, lossPercent, delayMillis, size } = parseCell('100m-8-2.5-20ms@64MiB');
  assert.deepEqual(
    { rateBitsPerSecond, devices, lossPercent, delayMillis, size },
    { rateBitsPerSecond: 100e6, devices: 8, lossPercent: 2.5, delayMillis: 20, size: 64 * 1024 ** 2 },
  );
  assert.equal(parseCell('max-4-0').rateBitsPerSecond, undefined);
  for (const wrong of ['', '1g', '1g-1', '1g-1-0-20', 'fast-1-0']) assert.throws(() => parseCell(wrong), RangeError);
});

test('every cell of the table has something to reach, at its own size only', () => {
  for (const id of TABLE) {
    assert.notEqual(parseCell(id).bar, undefined, id);
    assert.equal(parseCell(id, 1024 ** 2).bar, undefined, id);
  }
});

test('the ideal is the time of full frames on a line that is always full', () => {
  // The figures that the peers were measured against: 256 MiB at 1 Gbit/s, 64 MiB at 100 Mbit/s.
  assert.equal(idealSeconds(parseCell('1g-1-0@256MiB'))?.toFixed(3), '2.244');
  assert.equal(idealSeconds(parseCell('100m-8-0@64MiB'))?.toFixed(3), '5.609');
  assert.equal(idealSeconds(parseCell('100m-8-10@64MiB'))?.toFixed(3), '6.233');
  assert.equal(idealSeconds(parseCell('max-1-0')), undefined);
});

test('patience is longer than the slowest peer that finishes needs', () => {
  assert.ok(patienceSeconds(parseCell('100m-8-5-20ms@64MiB')) > 45.2);
  assert.ok(patienceSeconds(parseCell('max-8-0@256MiB')) > 17.8);
});
