import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideEnd, type RunningRound } from './end-rule.ts';
import { choosePort, planRepeat, shareRate } from './plan-round.ts';
import type { MulticastProgress } from './ports.ts';
import { Presence } from './presence.ts';
import { ReceptionVerdict } from './reception-verdict.ts';
import { decideStart, type Announcement } from './start-rule.ts';
import { TokenBucket } from './token-bucket.ts';

const announced: Announcement = {
  announcedAt: 1000,
  startWhen: { share: 0.9 },
  minimumWaitMs: 300,
  maxWaitMs: 10_000,
  onlineCount: 10,
  readyCount: 0,
  isPaused: false,
};

test('a session starts when enough are ready and the minimum wait is over', () => {
  assert.deepEqual(decideStart({ ...announced, readyCount: 8 }, 2000), { decision: 'wait', until: 11_000 });
  assert.deepEqual(decideStart({ ...announced, readyCount: 9 }, 1100), { decision: 'wait', until: 1300 });
  assert.deepEqual(decideStart({ ...announced, readyCount: 9 }, 1300), { decision: 'start' });
});

test('at the maximum wait it starts with those who are there, and not at all with nobody', () => {
  assert.deepEqual(decideStart({ ...announced, readyCount: 1 }, 11_000), { decision: 'start' });
  assert.deepEqual(decideStart({ ...announced, readyCount: 0 }, 11_000), { decision: 'skip' });
  assert.equal(decideStart({ ...announced, readyCount: 10, isPaused: true }, 11_000).decision, 'wait');
});

const progress: MulticastProgress = {
  bytesSent: 0,
  repairBytes: 0,
  nackCount: 0,
  unauthenticatedCount: 0,
  replayedCount: 0,
  contentBytes: 0,
  contentSize: 0,
  rateBytesPerSecond: 1,
  isAllSent: true,
  isFlushed: false,
  receivers: [],
  lossRatioMean: null,
  lossRatioMax: null,
  stragglers: [],
};
const listeners = Array.from({ length: 20 }, (_, index) => ({
  nodeId: index + 1,
  isDone: index > 0,
  bytesMulticast: 5,
}));
const asking = [{ nodeId: 1, heardMsAgo: 10, askedMsAgo: 10 }];
const round: RunningRound = {
  startedAt: 0,
  allSentAt: 80_000,
  participants: listeners,
  progress: { ...progress, receivers: asking },
};

test('a session ends when all listeners are done, or a whole round of flushes brought no request', () => {
  const done = listeners.map((one) => ({ ...one, isDone: true }));
  assert.equal(decideEnd({ ...round, participants: done }, 80_001), 'all_done');
  assert.equal(decideEnd({ ...round, progress: { ...progress, isFlushed: true } }, 80_001), 'flushed');
  assert.equal(decideEnd({ ...round, allSentAt: undefined }, 70_000), undefined);
});

test('a straggler gets a quarter of the sending time for its repair, and no more; many are no stragglers', () => {
  assert.equal(decideEnd(round, 99_000), undefined);
  assert.equal(decideEnd(round, 100_001), 'stragglers');
  const many = listeners.map((one) => ({ ...one, isDone: false }));
  const receivers = many.map(({ nodeId }) => ({ nodeId, heardMsAgo: 10, askedMsAgo: 10 }));
  const busy = { ...round, participants: many, progress: { ...progress, receivers } };
  assert.equal(decideEnd(busy, 200_000), undefined);
  assert.equal(decideEnd(busy, 240_001), 'demand_endless');
});

test('the session ends at once when only those are left that lose far more than the rest', () => {
  const stragglers = [{ nodeId: 1, reason: 'loss' as const, lossRatio: 0.5, groupLossRatio: 0 }];
  const handed = { ...round, allSentAt: undefined, progress: { ...round.progress, stragglers } };
  assert.equal(decideEnd(handed, 1), 'stragglers');
  const open = listeners.map((one) => ({ ...one, isDone: one.nodeId > 2 }));
  assert.equal(decideEnd({ ...handed, participants: open }, 70_000), undefined);
});

test('a session of which nobody gets anything is given up as blocked', () => {
  const deaf = listeners.map((one) => ({ ...one, isDone: false, bytesMulticast: 0 }));
  const blocked = { ...round, allSentAt: undefined, participants: deaf, progress };
  assert.equal(decideEnd(blocked, 19_000), undefined);
  assert.equal(decideEnd(blocked, 20_001), 'blocked');
  const [first, ...rest] = deaf;
  assert.equal(
    decideEnd({ ...blocked, participants: [{ ...first!, bytesMulticast: undefined }, ...rest] }, 21_000),
    undefined,
  );
  assert.equal(decideEnd({ ...blocked, progress: { ...progress, receivers: asking } }, 21_000), undefined);
});

test('a repeat sends the union of what is missing, and only when unicast would cost more', () => {
  const content = { size: 40_000_000, leafSize: 65_536, leafCount: 611 };
  const half = { deviceId: 'a', missing: [[300, 311]] as [number, number][] };
  const other = { deviceId: 'b', missing: [[200, 200]] as [number, number][] };
  const little = { deviceId: 'c', missing: [[0, 2]] as [number, number][] };
  assert.deepEqual(planRepeat([half, other], content, 8e6), { decision: 'multicast', leaves: [[200, 411]] });
  assert.deepEqual(planRepeat([half], content, 8e6), { decision: 'finish' });
  assert.deepEqual(planRepeat([little, { ...little, deviceId: 'd' }], content, 8e6), { decision: 'finish' });
  assert.deepEqual(planRepeat([], content, 8e6), { decision: 'finish' });
  const all = planRepeat([{ deviceId: 'a', missing: undefined }, other], content, 8e6);
  assert.deepEqual(all, { decision: 'multicast', leaves: [[0, 611]] });
});

test('sessions share the rate, and leave to others what they do not use', () => {
  assert.deepEqual(shareRate(90, [undefined, undefined, undefined]), [30, 30, 30]);
  assert.deepEqual(shareRate(90, [10, undefined, undefined]), [10, 40, 40]);
  assert.deepEqual(shareRate(90, [10, 20]), [10, 20]);
  assert.deepEqual(shareRate(90, []), []);
});

test('each concurrent session has a port of its own', () => {
  assert.equal(choosePort(6003, new Set()), 6003);
  assert.equal(choosePort(6003, new Set([6003, 6004])), 6005);
  assert.equal(choosePort(65_535, new Set([65_535])), 1024);
});

test('that nothing arrived is known when every listener has said so', () => {
  const verdict = new ReceptionVerdict(['a', 'b', 'c'], []);
  verdict.hear('a', 0);
  verdict.excuse('c');
  assert.equal(verdict.result, undefined);
  verdict.hear('b', 0);
  assert.equal(verdict.result, 'blocked');
  const lucky = new ReceptionVerdict(['a', 'b'], []);
  lucky.hear('a', 7);
  assert.equal(lucky.result, 'arrived');
  assert.equal(new ReceptionVerdict(['a'], ['a']).result, 'arrived');
  assert.equal(new ReceptionVerdict([], []).result, 'arrived');
});

test('whom a session did not reach is known as each listener says so, and told once', () => {
  const verdict = new ReceptionVerdict(['a', 'b', 'c', 'd'], ['b']);
  verdict.hear('a', 0);
  verdict.hear('b', 0);
  assert.deepEqual(verdict.takeUnreached(), ['a'], 'b asked for repair: it had heard something');
  assert.equal(verdict.isSettled, false);
  verdict.hear('a', 0);
  verdict.excuse('c');
  verdict.hear('d', 9);
  assert.deepEqual([verdict.takeUnreached(), verdict.isSettled], [[], true]);

  const blocked = new ReceptionVerdict(['a'], []);
  blocked.hear('a', 0);
  assert.deepEqual(
    [blocked.result, blocked.takeUnreached()],
    ['blocked', []],
    'of all of them the session itself says it',
  );
  const late = new ReceptionVerdict(['a', 'b'], []);
  late.hear('a', 0);
  assert.deepEqual(late.takeUnreached(), [], 'it may be that it reaches nobody');
  late.hear('b', 5);
  assert.deepEqual(late.takeUnreached(), ['a']);
});

test('a device is silent after 24 s, and soon after its connection was closed', () => {
  const presence = new Presence();
  assert.equal(presence.hear('a', 'one', 0), 'arrived');
  assert.equal(presence.hear('b', 'one', 0), 'arrived');
  presence.noteClosed('b', 'one', 1000);
  assert.deepEqual(presence.pollSilent(3999), []);
  assert.deepEqual(presence.pollSilent(4000), ['b']);
  assert.deepEqual(presence.pollSilent(23_999), []);
  assert.deepEqual(presence.pollSilent(24_000), ['a']);
  assert.equal(presence.isOnline('a'), false);
});

test('a device whose stream was closed is there as long as it asks for something', () => {
  const presence = new Presence();
  presence.hear('a', '1', 0);
  presence.noteClosed('a', '1', 1000);
  presence.touch('a', 3500);
  assert.deepEqual(presence.pollSilent(6499), []);
  assert.deepEqual(presence.pollSilent(6500), ['a']);
});

test('of two live processes with one identity the later is refused; one whose forerunner is gone is not', () => {
  const presence = new Presence();
  presence.hear('a', 'one', 0);
  assert.equal(presence.hear('a', 'two', 8000), 'refused');
  assert.equal(presence.hear('a', 'one', 8000), 'known');
  presence.noteClosed('a', 'one', 9000);
  assert.equal(presence.hear('a', 'two', 9001), 'known');
  assert.equal(presence.hear('a', 'one', 9002), 'refused');
});

test('streams share a byte rate, with a burst to begin with', () => {
  const bucket = new TokenBucket(1000, 500);
  assert.equal(bucket.take(500, 0), 0);
  assert.equal(bucket.take(100, 0), 100);
  assert.equal(bucket.take(100, 100), 100);
  assert.equal(bucket.take(400, 10_000), 0);
});
