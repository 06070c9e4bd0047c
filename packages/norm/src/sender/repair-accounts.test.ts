import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEMAND_DENIED_MICROS_MAX, DEMAND_DENIED_REQUESTS_MIN } from '../limits.ts';
import { RepairAccounts } from './repair-accounts.ts';

const SENT = 100_000;
const FREE = 2048;

/** Accounts of these nodes, each of which reports that it lacks so many of 100,000 datagrams. */
function accountsOf(lacks: readonly number[]): RepairAccounts {
  const accounts = new RepairAccounts();
  accounts.onProbe({ sequence: 1, sentAt: 0, datagramCount: SENT, byteCount: 0 });
  for (const [nodeId, lacking] of lacks.entries()) report(accounts, nodeId, lacking);
  return accounts;
}

function report(accounts: RepairAccounts, nodeId: number, lacking: number): void {
  const feedback = { ccSequence: 1, ccFlags: 0, ccRttQuantized: 0, ccRateQuantized: 0, lossQuantized: 0 };
  const reception = { datagramCount: SENT - lacking, byteCount: 0, clockMicros: 0, waitedMicros: 0 };
  accounts.onReport({ nodeId, feedback, reception, roundTrip: undefined });
}

test('each may ask for what it lacks, and a little more', () => {
  const accounts = accountsOf([1000, 1000, 1000, 1000]);
  assert.equal(accounts.allowance(0, 0, SENT), FREE + 1250);
  accounts.onRequested(0, 0, 3000, false);
  assert.equal(accounts.allowance(0, 0, SENT), FREE + 1250 - 3000);
  assert.equal(accounts.allowance(0, 1, SENT), FREE + 1250, 'the others are not charged for it');
});

test('who says that it lacks far more than most is not believed', () => {
  const accounts = accountsOf([0, 100, 100, 100, 100, 90_000]);
  assert.equal(accounts.allowance(0, 5, SENT), FREE + 200);
});

test('where all lack much, all get it', () => {
  const accounts = accountsOf([50_000, 50_000, 50_000, 50_000, 49_000]);
  assert.equal(accounts.allowance(0, 0, SENT), FREE + 62_500);
});

test('of two receivers nobody can tell which is the worse one', () => {
  assert.equal(accountsOf([0, 40_000]).allowance(0, 1, SENT), FREE + 50_000);
});

test('while little was sent a burst of loss is still repaired', () => {
  assert.equal(new RepairAccounts().allowance(0, 1, 100), FREE);
});

test('who goes on asking for what it cannot have is cut off; who is served in between is not', () => {
  const accounts = accountsOf([0, 0, 0, 0]);
  for (let count = 0; count < 100; count += 1) assert.ok(!accounts.onRequested(0, 1, 0, true), 'not at once');
  assert.ok(!accounts.onRequested(1, 1, 5, false));
  assert.ok(!accounts.onRequested(DEMAND_DENIED_MICROS_MAX, 1, 0, true));
  let cutOffAt = 0;
  for (let count = 1; cutOffAt === 0; count += 1) {
    if (accounts.onRequested(2 * DEMAND_DENIED_MICROS_MAX, 1, 0, true)) cutOffAt = count;
  }
  assert.equal(cutOffAt, DEMAND_DENIED_REQUESTS_MIN - 1);
});
