import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompletionQueue, type Candidate } from './completion-queue.ts';

const CAPACITY = { slots: 2, slotsPerSite: 2, bytesPerSecond: 1e9, leaseMs: 20_000 };

function candidate(deviceId: string, change: Partial<Candidate> = {}): Candidate {
  const fields = { taskId: 't', siteId: 's', weight: 100, lastCompletionAt: null, bytesMissing: 1, isCallable: false };
  return { ...fields, deviceId, ...change };
}

const names = (candidates: readonly Candidate[]) => candidates.map(({ deviceId }) => deviceId);

test('a device that asks alone gets its slot at once', () => {
  const queue = new CompletionQueue(CAPACITY);
  queue.ask(candidate('a'), 1, 0);
  assert.deepEqual(names(queue.poll(0).granted), ['a']);
});

test('when more are unfinished than slots are free, the first request waits for the others, and the order is kept', () => {
  const queue = new CompletionQueue(CAPACITY);
  queue.ask(candidate('new', { lastCompletionAt: 900 }), 4, 0);
  assert.deepEqual(queue.poll(0).granted, []);
  queue.ask(candidate('old', { lastCompletionAt: 100 }), 4, 100);
  queue.ask(candidate('light', { weight: 1 }), 4, 200);
  queue.ask(candidate('never'), 4, 300);
  assert.deepEqual(queue.poll(300).granted, []);
  assert.deepEqual(names(queue.poll(queue.pollTimeout()!).granted), ['never', 'old']);
  queue.release('t', 'old', 1000);
  assert.deepEqual(names(queue.poll(1000).granted), ['new']);
  queue.release('t', 'never', 1100);
  assert.deepEqual(names(queue.poll(1100).granted), ['light']);
});

test('a gathering ends, however long others keep coming', () => {
  const queue = new CompletionQueue(CAPACITY);
  for (let at = 0; at < 5000; at += 100) queue.ask(candidate(`d${at}`), 1000, at);
  assert.deepEqual(queue.poll(4999).granted, []);
  assert.equal(queue.poll(5000).granted.length, 2);
});

test('who cannot be served soon is told when to come again, and keeps its place', () => {
  const queue = new CompletionQueue(CAPACITY);
  for (const name of ['a', 'b', 'c']) queue.ask(candidate(name), 3, 0);
  queue.poll(400);
  assert.deepEqual(queue.poll(8999).dismissed, []);
  const { dismissed } = queue.poll(9000);
  assert.deepEqual(
    dismissed.map(({ candidate: { deviceId } }) => deviceId),
    ['c'],
  );
  assert.ok(dismissed[0]!.retryAfterMs >= 1000);
  // While the best is expected back, its slot is not given to who asks behind it.
  queue.release('t', 'a', 9950);
  queue.ask(candidate('d', { lastCompletionAt: 5 }), 0, 9950);
  assert.deepEqual(queue.poll(9950).granted, []);
  queue.ask(candidate('c'), 0, 10_000);
  assert.deepEqual(names(queue.poll(10_000).granted), ['c']);
});

test('a slot waits for a device that is expected only a little', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slots: 1 });
  for (const name of ['a', 'b']) queue.ask(candidate(name), 2, 0);
  queue.poll(400);
  queue.poll(9000);
  queue.release('t', 'a', 10_100);
  queue.ask(candidate('y', { weight: 1 }), 0, 10_100);
  assert.deepEqual(queue.poll(10_100).granted, []);
  queue.ask(candidate('z', { weight: 2 }), 0, 10_301);
  assert.deepEqual(names(queue.poll(10_301).granted), ['z']);
});

test('the next in line is called when it has a stream, and others do not overtake it meanwhile', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slots: 1 });
  for (const name of ['a', 'b']) queue.ask(candidate(name, { isCallable: true, bytesMissing: 1 }), 2, 0);
  assert.deepEqual(names(queue.poll(400).granted), ['a']);
  assert.equal(queue.poll(9001).dismissed.length, 1);
  queue.release('t', 'a', 9100);
  queue.ask(candidate('z', { weight: 1 }), 0, 9100);
  const { called, granted } = queue.poll(9100);
  assert.deepEqual(names(called), ['b']);
  assert.deepEqual(granted, []);
  queue.ask(candidate('b', { isCallable: true }), 0, 9200);
  assert.deepEqual(names(queue.poll(9200).granted), ['b']);
});

test('the time to come again grows with the bytes that are ahead and the rate', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slots: 1, bytesPerSecond: 1000 });
  for (const name of ['a', 'b', 'c']) queue.ask(candidate(name, { bytesMissing: 20_000 }), 3, 0);
  queue.poll(400);
  const { dismissed } = queue.poll(6000);
  // Half of the 20 s that the one before it takes.
  assert.deepEqual(
    dismissed.map(({ retryAfterMs }) => retryAfterMs),
    [10_000],
  );
});

test('a lease that nobody fetches under is lost; one that is used is not', () => {
  const queue = new CompletionQueue(CAPACITY);
  queue.ask(candidate('a'), 0, 0);
  queue.ask(candidate('b'), 0, 0);
  queue.poll(0);
  assert.equal(queue.renew('t', 'b', 15_000), true);
  assert.deepEqual(names(queue.poll(20_000).lapsed), ['a']);
  assert.equal(queue.renew('t', 'a', 20_000), false);
  assert.equal(queue.inFlight, 1);
});

test('a site takes no more slots than are its own', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slotsPerSite: 1 });
  queue.ask(candidate('a', { siteId: 'x' }), 0, 0);
  queue.ask(candidate('b', { siteId: 'x' }), 0, 0);
  queue.ask(candidate('c', { siteId: 'y' }), 0, 0);
  assert.deepEqual(names(queue.poll(0).granted), ['a', 'c']);
});
