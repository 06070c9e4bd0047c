import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CC_FLAG } from '../wire/ext-cc.ts';
import { LimitingReceivers } from './limiting-receivers.ts';

const facts = (rate: number) => ({ roundTrip: 1000, rate, isStarting: false });
const named = (limiting: LimitingReceivers) => limiting.nodes.map(({ nodeId, ccFlags }) => [nodeId, ccFlags]);
const CURRENT = CC_FLAG.current | CC_FLAG.roundTrip;
const POTENTIAL = CC_FLAG.potential | CC_FLAG.roundTrip;

test('the first that answers limits; of the others the one with the lowest rate is named as well', () => {
  const limiting = new LimitingReceivers();
  limiting.onReport(0, 7, facts(9e6));
  limiting.onReport(1, 8, facts(5e6));
  limiting.onReport(2, 9, facts(6e6));
  assert.deepEqual(named(limiting), [
    [7, CURRENT],
    [8, POTENTIAL],
  ]);
});

test('who is chosen takes the place, and the one before stays named', () => {
  const limiting = new LimitingReceivers();
  limiting.onReport(0, 7, facts(9e6));
  limiting.choose(1, 9, facts(1e6));
  assert.deepEqual(named(limiting), [
    [9, CURRENT],
    [7, POTENTIAL],
  ]);
});

test('who misses ten probes and a second gives its place away', () => {
  const limiting = new LimitingReceivers();
  limiting.onReport(0, 7, facts(9e6));
  limiting.onReport(0, 8, facts(5e6));
  for (let count = 1; count <= 11; count += 1) limiting.onProbe(count * 25_000);
  assert.equal(limiting.current, 7);
  limiting.onProbe(1_100_000);
  assert.equal(limiting.current, 8);
});

test('who does not count any more is not named any more', () => {
  const limiting = new LimitingReceivers();
  limiting.onReport(0, 7, facts(9e6));
  limiting.onReport(0, 8, facts(5e6));
  limiting.forget(7);
  assert.deepEqual(named(limiting), [[8, CURRENT]]);
});
