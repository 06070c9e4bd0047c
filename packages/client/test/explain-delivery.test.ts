import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERY_STATES, QUEUED_REASONS } from '@rollcall/api';
import { explainDelivery, type ExplainedTask } from '../src/task/explain-delivery.ts';
import { delivery, session, task } from '../../../test/support/task-samples.ts';

const explain = (change: Parameters<typeof delivery>[1], of: Partial<ExplainedTask> = {}) =>
  explainDelivery(delivery('d1', change), { ...task([]), ...of });

/** What a usual terminal has beside the name of a device. */
const LINE_LENGTH_MAX = 96;

test('every state and every reason is explained, in whole sentences that fit one line', () => {
  for (const state of DELIVERY_STATES) {
    for (const reason of state === 'queued' ? QUEUED_REASONS : [null]) {
      for (const phase of ['announcing', 'multicasting', 'finishing'] as const) {
        const { why, next } = explain({ state, reason }, { phase });
        assert.match(why, /^[A-Z].*\.$/, `${state} ${reason} ${phase}: ${why}`);
        assert.match(next, /^[A-Z].*\.$/, `${state} ${reason} ${phase}: ${next}`);
        assert.ok(`${why} ${next}`.length <= LINE_LENGTH_MAX, `${why} ${next}`);
      }
    }
  }
});

test('an offline device comes back by itself', () => {
  const { why, next } = explain({ state: 'queued', reason: 'offline' }, { phase: 'finishing' });
  assert.match(why, /offline/);
  assert.match(next, /asks by itself/);
});

test('a paused task is the reason, whatever else the row says', () => {
  assert.match(explain({ state: 'queued', reason: 'waiting_slot' }, { state: 'paused' }).why, /paused/);
});

test('whom the multicast left out is told by how much it loses', () => {
  const handedOver = [{ deviceId: 'd1', reason: 'loss' as const, lossRatio: 0.31, groupLossRatio: 0.02 }];
  const sessions = [session({ handedOver })];
  const { why } = explain({ state: 'queued', reason: 'not_notified' }, { phase: 'finishing', sessions });
  assert.match(why, /31\.0%.*2\.0%/);
});

test('a multicast that failed is named for those that it did not reach', () => {
  const sessions = [session({ state: 'failed', error: 'nobody heard it' })];
  const { why } = explain({ state: 'queued', reason: 'not_notified' }, { phase: 'finishing', sessions });
  assert.match(why, /nobody heard it\./);
});

test('a rejection says what to do about its cause', () => {
  const error = { code: 'no_space', message: 'needs 3 GiB, has 1 GiB' };
  const { why, next } = explain({ state: 'rejected', error });
  assert.match(why, /needs 3 GiB/);
  assert.match(next, /Make room/);
  const conflict = { code: 'version_conflict', message: 'till 1.0 is installed from another package than this one' };
  assert.match(explain({ state: 'rejected', error: conflict }).next, /a version of its own/);
});
