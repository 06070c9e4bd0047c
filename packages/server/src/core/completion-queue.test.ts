import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompletionQueue } from './completion-queue.ts';
import type { Candidate } from './slot-leases.ts';

const CAPACITY = { slots: 2, bytesPerSecond: undefined, leaseMs: 20_000 };

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

test('a request stays open while its turn is near; then the device is told when to come again, and keeps its place', () => {
  const queue = new CompletionQueue(CAPACITY);
  for (const name of ['a', 'b', 'c']) queue.ask(candidate(name), 3, 0);
  queue.poll(400);
  assert.deepEqual(queue.poll(5999).dismissed, []);
  const { dismissed } = queue.poll(6000);
  assert.deepEqual(names(dismissed.map((one) => one.candidate)), ['c']);
  // A slot for each of the two was taken 5.6 s ago, and none came free: not before another half of that.
  assert.equal(dismissed[0]!.retryAfterMs, 2000);
  queue.ask(candidate('d', { lastCompletionAt: 5 }), 0, 7900);
  queue.ask(candidate('c'), 0, 8000);
  queue.release('t', 'a', 8000);
  assert.deepEqual(names(queue.poll(8000).granted), ['c']);
});

test('a slot is not kept for who is away', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slots: 1 });
  for (const name of ['a', 'b']) queue.ask(candidate(name), 2, 0);
  queue.poll(400);
  assert.deepEqual(names(queue.poll(6000).dismissed.map((one) => one.candidate)), ['b']);
  queue.release('t', 'a', 8000);
  queue.ask(candidate('z', { weight: 1 }), 0, 8000);
  assert.deepEqual(names(queue.poll(8000).granted), ['z']);
});

test('who has a stream is called ahead of its turn; the next one when it does not come; and it once more', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slots: 1 });
  const streaming = (name: string) => candidate(name, { isCallable: true });
  for (const name of ['a', 'b', 'c']) queue.ask(streaming(name), 3, 0);
  assert.deepEqual(names(queue.poll(400).granted), ['a']);
  assert.equal(queue.poll(6001).dismissed.length, 2);
  queue.release('t', 'a', 9000);
  assert.deepEqual(names(queue.poll(9000).called), ['b']);
  assert.deepEqual(queue.poll(10_999).called, []);
  assert.deepEqual(names(queue.poll(11_000).called), ['c']);
  queue.ask(streaming('c'), 0, 11_100);
  assert.deepEqual(names(queue.poll(11_100).granted), ['c']);
  queue.release('t', 'c', 19_000);
  assert.deepEqual(names(queue.poll(19_000).called), ['b']);
  queue.ask(streaming('b'), 0, 19_100);
  assert.deepEqual(names(queue.poll(19_100).granted), ['b']);
});

test('a call that got lost, and one that nobody follows, leave no slot empty until something else happens', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slots: 1 });
  for (const name of ['a', 'b', 'c']) queue.ask(candidate(name, { isCallable: true }), 3, 0);
  queue.poll(400);
  queue.poll(6001);
  queue.release('t', 'a', 9000);
  const calls = names(queue.poll(9000).called).map((name) => [9000, name]);
  for (let at = queue.pollTimeout()!; at < 20_000; at = queue.pollTimeout()!) {
    calls.push(...names(queue.poll(at).called).map((name) => [at, name]));
  }
  assert.deepEqual(calls, [
    [9000, 'b'],
    [11_000, 'c'],
    [14_000, 'b'],
    [16_000, 'c'],
    [19_000, 'b'],
  ]);
});

test('who was due and did not come counts no more for those behind it', () => {
  const toldBehind = (ghosts: number) => {
    const queue = new CompletionQueue({ ...CAPACITY, slots: 1 });
    queue.ask(candidate('a'), 100, 0);
    for (let index = 0; index < ghosts; index += 1) queue.ask(candidate(`ghost-${index}`), 100, 0);
    queue.ask(candidate('b'), 100, 0);
    queue.poll(400);
    queue.beginFetch('t', 'a', 400);
    queue.poll(6000);
    queue.ask(candidate('behind', { weight: 1 }), 100, 68_000);
    return queue.poll(74_000).dismissed.at(-1)!.retryAfterMs;
  };
  assert.equal(toldBehind(20), toldBehind(0));
});

test('a device of which nobody knows whether it is there is not called', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slots: 1 });
  for (const name of ['a', 'b']) queue.ask(candidate(name, { isCallable: true }), 2, 0);
  queue.poll(400);
  queue.poll(6001);
  queue.doubt('b', 7000);
  queue.release('t', 'a', 9000);
  assert.deepEqual(queue.poll(9000).called, []);
});

test('the time to come again grows with the bytes that are ahead and the rate', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slots: 1, bytesPerSecond: 1000 });
  for (const name of ['a', 'b', 'c']) queue.ask(candidate(name, { bytesMissing: 20_000 }), 3, 0);
  const { dismissed } = queue.poll(400);
  // Half of the 20 s that the one before it takes.
  assert.deepEqual(
    dismissed.map(({ retryAfterMs }) => retryAfterMs),
    [10_000],
  );
});

test('who is far behind and cannot be called comes within a minute, and not all at once', () => {
  const queue = new CompletionQueue({ ...CAPACITY, slots: 1 });
  for (let index = 0; index < 1000; index += 1) queue.ask(candidate(`d${index}`), 1000, 0);
  queue.poll(400);
  const told = queue.poll(6000).dismissed.map(({ retryAfterMs }) => retryAfterMs);
  const atOnce = [...Map.groupBy(told, (after) => after).values()].map(({ length }) => length);
  assert.equal(Math.max(...told), 60_000);
  assert.ok(Math.max(...atOnce) < 60, `${Math.max(...atOnce)} in one second`);
});

test('a lease under which nothing is fetched is lost; a download keeps it, however slow, and so long beyond', () => {
  const queue = new CompletionQueue(CAPACITY);
  queue.ask(candidate('a'), 0, 0);
  queue.ask(candidate('b'), 0, 0);
  queue.poll(0);
  const lease = queue.beginFetch('t', 'b', 15_000)!;
  assert.deepEqual(names(queue.poll(20_000).lapsed), ['a']);
  assert.equal(queue.beginFetch('t', 'a', 20_000), undefined);
  assert.deepEqual(queue.poll(500_000).lapsed, []);
  queue.endFetch(lease, 500_000);
  assert.deepEqual(queue.poll(519_999).lapsed, []);
  assert.deepEqual(names(queue.poll(520_000).lapsed), ['b']);
  assert.equal(queue.inFlight, 0);
});

test('a device that seems to be gone loses its slot, in the middle of a download when that stands still', () => {
  const queue = new CompletionQueue(CAPACITY);
  queue.ask(candidate('idle'), 0, 0);
  queue.ask(candidate('fetching'), 0, 0);
  queue.poll(0);
  queue.beginFetch('t', 'fetching', 1000);
  queue.doubt('idle', 5000);
  queue.doubt('fetching', 5000);
  assert.deepEqual(names(queue.poll(5000).lapsed), ['idle']);
  queue.renew('t', 'fetching', 10_000);
  assert.deepEqual(queue.poll(29_999).lapsed, []);
  assert.deepEqual(names(queue.poll(30_000).lapsed), ['fetching']);
});

test('a device that asks while it holds its slot gets no second one', () => {
  const queue = new CompletionQueue(CAPACITY);
  assert.equal(queue.ask(candidate('a'), 0, 0), false);
  queue.poll(0);
  assert.equal(queue.ask(candidate('a'), 0, 15_000), true);
  assert.deepEqual([queue.inFlight, queue.waitingCount], [1, 0]);
  assert.deepEqual(queue.poll(34_999).lapsed, []);
});
