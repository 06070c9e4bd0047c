import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryTransitions, REPORTED_STATES, type Report } from '@rollcall/api';
import fc from 'fast-check';
import { applyReport } from './apply-report.ts';
import { countStates, totalOf } from './counts.ts';
import {
  cancelDelivery,
  expireDelivery,
  explainQueued,
  removeDelivery,
  retryDelivery,
  silenceDelivery,
} from './move-delivery.ts';
import type { DeliveryRecord, TaskRecord } from './records.ts';
import { settleTask } from './settle-task.ts';

const begun: DeliveryRecord = {
  taskId: 't',
  deviceId: 'd',
  siteId: 'default',
  nodeId: 1,
  state: 'queued',
  reason: 'not_notified',
  path: null,
  attempt: 1,
  sequence: 0,
  phase: 0,
  notBefore: null,
  version: null,
  bytesMulticast: 0,
  bytesUnicast: 0,
  lossRatio: null,
  startedAt: null,
  finishedAt: null,
  updatedAt: 0,
  error: null,
};

const reports: fc.Arbitrary<Report> = fc.record({
  taskId: fc.constant('t'),
  attempt: fc.integer({ min: 1, max: 3 }),
  sequence: fc.integer({ min: 1, max: 12 }),
  state: fc.constantFrom(...REPORTED_STATES),
  bytesMulticast: fc.integer({ min: 0, max: 2 }),
  bytesUnicast: fc.integer({ min: 0, max: 2 }),
});

type Move = (delivery: DeliveryRecord, now: number) => DeliveryRecord | undefined;

const moves: fc.Arbitrary<Move> = fc.oneof(
  reports.map(
    (report): Move =>
      (delivery, now) =>
        applyReport(delivery, report, now),
  ),
  fc.constantFrom<Move[]>(
    silenceDelivery,
    expireDelivery,
    removeDelivery,
    (delivery, now) => explainQueued(delivery, 'waiting_slot', now),
    (delivery, now) => cancelDelivery(delivery, now, false),
    (delivery, now) => cancelDelivery(delivery, now, true),
    (delivery, now) => retryDelivery(delivery, now, true),
  ),
);

test('whatever happens in whatever order: attempt and sequence never go back, and only a retry leaves an end that was true', () => {
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 40 }), (all) => {
      let delivery = begun;
      all.forEach((move, at) => {
        const after = move(delivery, at + 1);
        if (after === undefined) return;
        assert.ok(after.attempt > delivery.attempt || after.sequence >= delivery.sequence);
        assert.ok(after.attempt >= delivery.attempt);
        if (delivery.state === 'succeeded' || delivery.state === 'expired' || delivery.state === 'removed') {
          assert.fail(`${delivery.state} became ${after.state}`);
        }
        assert.equal(after.finishedAt !== null, deliveryTransitions.isTerminal(after.state));
        assert.equal(after.reason !== null, after.state === 'queued');
        assert.equal(after.path !== null, after.state === 'succeeded');
        delivery = after;
      });
    }),
  );
});

test('a report that is not newer changes nothing', () => {
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 20 }), reports, (all, report) => {
      const delivery = all.reduce((row, move, at) => move(row, at + 1) ?? row, begun);
      fc.pre(report.attempt !== delivery.attempt || report.sequence <= delivery.sequence);
      assert.equal(applyReport(delivery, report, 100), undefined);
    }),
  );
});

test('the same report twice is taken once', () => {
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 20 }), reports, (all, report) => {
      const delivery = all.reduce((row, move, at) => move(row, at + 1) ?? row, begun);
      const once = applyReport(delivery, report, 100);
      fc.pre(once !== undefined);
      assert.equal(applyReport(once, report, 101), undefined);
    }),
  );
});

test('being offline ends nothing, and a forced cancel ends everything', () => {
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 20 }), (all) => {
      const delivery = all.reduce((row, move, at) => move(row, at + 1) ?? row, begun);
      const silent = silenceDelivery(delivery, 100) ?? delivery;
      assert.equal(deliveryTransitions.isTerminal(silent.state), deliveryTransitions.isTerminal(delivery.state));
      const cancelled = cancelDelivery(delivery, 100, true) ?? delivery;
      assert.ok(deliveryTransitions.isTerminal(cancelled.state));
    }),
  );
});

test('the counts always add up to the number of targets, and a task ends exactly when its last delivery has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(moves, { maxLength: 12 }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom('active', 'paused', 'cancelled'),
      (devices, state) => {
        const rows = devices.map((all) => all.reduce((row, move, at) => move(row, at + 1) ?? row, begun));
        const counts = countStates(rows.map((row) => row.state));
        assert.equal(totalOf(counts), rows.length);
        const task = { state, phase: 'finishing', outcome: null, finishedAt: null, counts } as unknown as TaskRecord;
        const change = settleTask(task, 100);
        assert.equal(
          change !== undefined,
          rows.every((row) => deliveryTransitions.isTerminal(row.state)),
        );
        if (change === undefined) return;
        const succeeded = rows.filter((row) => row.state === 'succeeded').length;
        const outcome = succeeded === rows.length ? 'all' : succeeded === 0 ? 'none' : 'partial';
        assert.equal(change.outcome, outcome);
        assert.equal(change.phase, 'ended');
      },
    ),
  );
});
