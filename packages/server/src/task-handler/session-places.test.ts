import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionPlaces } from './session-places.ts';

const options = { basePort: 6003, totalRate: 1000, countMax: 1 };
const never = new AbortController().signal;

test('who waits for a place and does not want it any more is out of the queue, and the next one gets it', async () => {
  const places = new SessionPlaces(options);
  const first = await places.take(undefined, never);
  const given = new AbortController();
  const second = places.take(undefined, given.signal);
  const third = places.take(undefined, never);
  given.abort();
  assert.equal(await second, undefined);
  first?.leave();
  const place = await third;
  assert.equal(place?.rate, 1000);
  place?.leave();
});

test('one that is let in and given up in the same moment keeps no place', async () => {
  const places = new SessionPlaces(options);
  const first = await places.take(undefined, never);
  const given = new AbortController();
  const second = places.take(undefined, given.signal);
  const third = places.take(undefined, never);
  first?.leave();
  given.abort();
  assert.equal(await second, undefined);
  assert.notEqual(await third, undefined);
});
