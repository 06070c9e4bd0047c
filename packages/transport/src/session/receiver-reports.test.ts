import type { ReceiverFeedbackReport } from './session-events.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECEIVER_REPORTS_MAX } from '../limits.ts';
import { ReceiverReports } from './receiver-reports.ts';

function reportOf(nodeId: number, nackCount = 0): ReceiverFeedbackReport {
  const counts = { nackCount, symbolsRequested: 0, acknowledgementCount: 0 };
  return { nodeId, address: undefined, ...counts, lastHeardAt: 0, lastNackAt: undefined, lossRatio: undefined };
}

test('a receiver that was not heard again stays in the whole, one that was is as last told', () => {
  const reports = new ReceiverReports();
  assert.deepEqual(reports.merge([reportOf(1), reportOf(2)]), [reportOf(1), reportOf(2)]);
  assert.deepEqual(reports.merge([reportOf(1, 5)]), [reportOf(2), reportOf(1, 5)]);
});

test('of too many receivers the one that was silent longest is forgotten', () => {
  const reports = new ReceiverReports();
  reports.merge(Array.from({ length: RECEIVER_REPORTS_MAX }, (_, nodeId) => reportOf(nodeId)));
  const all = reports.merge([reportOf(0, 1), reportOf(RECEIVER_REPORTS_MAX)]);
  assert.equal(all.length, RECEIVER_REPORTS_MAX);
  assert.deepEqual(all.at(-2), reportOf(0, 1));
  assert.ok(!all.some(({ nodeId }) => nodeId === 1));
});
