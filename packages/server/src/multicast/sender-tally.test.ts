import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SenderProgress } from '@rollcall/transport';
import { SenderTally } from './sender-tally.ts';

const objects = [
  { toi: 1, role: 'leaf-table', contentId: 'a', root: 'r', size: 64, path: '/a.leaves' },
  { toi: 2, role: 'content', contentId: 'a', root: 'r', size: 5000, path: '/a' },
] as const;

const progress = (dataCount: number): SenderProgress => ({
  type: 'progress',
  dataBytes: dataCount * 1040,
  repairBytes: 2000,
  infoBytes: 10,
  commandBytes: 30,
  dataCount,
  repairCount: 2,
  nackCount: 1,
  unauthenticatedCount: 0,
  replayedCount: 0,
  rollover: 0,
  grttMicros: 1000,
  rateBitsPerSecond: 8e6,
  limitingNodeId: undefined,
  sentDatagrams: dataCount + 4,
  wireBytes: 0,
  overrunCount: 0,
  truncatedCount: 0,
  misdirectedCount: 0,
});

test('the leaf table is not counted as content, and the last symbol not beyond the end', () => {
  const tally = new SenderTally(objects, 1000);
  tally.onEvent(progress(1));
  assert.equal(tally.contentBytes, 0);
  tally.onEvent(progress(3));
  assert.equal(tally.contentBytes, 2000);
  tally.onEvent(progress(7));
  assert.equal(tally.contentBytes, 5000);
  assert.equal(tally.bytesSent, 7 * 1040 + 2040);
});

test('only ranges that are to be sent count', () => {
  const [table, content] = objects;
  const tally = new SenderTally([table, { ...content, ranges: [{ offset: 0, length: 1500 }] }], 1000);
  assert.equal(tally.contentSize, 1500);
});

test('flushed means all sent and no request since the last flush', () => {
  const tally = new SenderTally(objects, 1000);
  tally.onEvent({ type: 'flushCompleted' });
  assert.equal(tally.isFlushed, false);
  tally.onEvent({ type: 'objectSent', toi: 1 });
  tally.onEvent({ type: 'objectSent', toi: 2 });
  assert.equal(tally.isFlushed, true);
  tally.onEvent({ type: 'repairRequested', nodeId: 5 });
  assert.equal(tally.isFlushed, false);
  tally.onEvent({ type: 'flushCompleted' });
  assert.equal(tally.isFlushed, true);
});

test('a source that cannot be read is a failure; a network that refuses packets is a complaint until it takes them again', () => {
  const tally = new SenderTally(objects, 1000);
  tally.onEvent({ type: 'networkTrouble', reason: 'link down' });
  assert.deepEqual([tally.complaint, tally.hasFailed], ['link down', false]);
  tally.onEvent({ type: 'networkTrouble', reason: undefined });
  assert.equal(tally.complaint, undefined);
  tally.onEvent({ type: 'objectFailed', toi: 2, failure: { code: 'file_failed', message: 'cannot read' } });
  assert.deepEqual([tally.complaint, tally.hasFailed], ['cannot read', true]);
});
