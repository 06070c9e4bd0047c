import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest, Report } from '@rollcall/api';
import fc from 'fast-check';
import type { TaskRecord, TaskStage } from '../task-record.ts';
import { type ReplayEntry, ReplayGuard } from './replay-guard.ts';

const HOUR = 3_600_000;

function recordOf(taskId: string, attempt: number, stage: TaskStage, state?: Report['state']): TaskRecord {
  const manifest = { taskId, attempt, expiresAt: HOUR } as Manifest;
  const report = { taskId, attempt, sequence: 1, state: state ?? 'receiving', bytesMulticast: 0, bytesUnicast: 0 };
  return { manifest, stage, sequence: 1, reports: state === undefined ? [] : [report] };
}

/** A device's disk: the records of tasks that go on, and the log. */
class Device {
  readonly records = new Map<string, TaskRecord>();
  readonly log: ReplayEntry[] = [];
  guard = new ReplayGuard();

  save(record: TaskRecord): void {
    this.records.set(`${record.manifest.taskId}#${record.manifest.attempt}`, record);
    const entry = this.guard.entryToKeep(record);
    if (entry === undefined) return;
    this.log.push(entry);
    this.guard.handleKept(entry);
  }

  forget(taskId: string, attempt: number): void {
    this.records.delete(`${taskId}#${attempt}`);
  }

  restart(): void {
    this.guard = new ReplayGuard(this.log);
    for (const record of this.records.values()) this.save(record);
  }
}

/** What an honest server and its device do with some tasks, in any order. */
const steps = fc.array(
  fc.record({
    task: fc.nat(4),
    step: fc.constantFrom('offer', 'offer', 'begin', 'end', 'fail', 'call off', 'forget', 'retry', 'restart'),
  }),
  { maxLength: 200 },
);

test('whatever the order of tasks, retries and restarts: honest offers are accepted, replays are not', () => {
  fc.assert(
    fc.property(steps, (schedule) => {
      const device = new Device();
      /** Per task: the attempt that the server has, how it ended, and the attempts that the device took. */
      const rows = Array.from({ length: 5 }, () => ({
        attempt: 1,
        end: undefined as Report['state'] | undefined,
        taken: 0,
      }));
      for (const { task, step } of schedule) {
        const row = rows[task]!;
        const taskId = `task${task}`;
        const { attempt } = row;
        if (step === 'restart') device.restart();
        else if (step === 'retry' && row.end !== undefined)
          Object.assign(row, { attempt: attempt + 1, end: undefined });
        else if (row.end !== undefined && step === 'forget') device.forget(taskId, attempt);
        else if (row.end === undefined && step !== 'retry' && step !== 'forget') {
          assert.deepEqual(device.guard.judge({ taskId, attempt }), { verdict: 'accepted' });
          row.taken = attempt;
          if (step === 'begin') device.save(recordOf(taskId, attempt, 'receiving'));
          else if (step === 'end' || step === 'fail') {
            row.end = step === 'end' ? 'succeeded' : 'failed';
            device.save(recordOf(taskId, attempt, 'ended', row.end));
            // Acknowledged: the record holds no report any more.
            device.save(recordOf(taskId, attempt, 'ended'));
          } else if (step === 'call off') {
            // The server forgot, or somebody cut in: it may come again.
            device.save(recordOf(taskId, attempt, 'ended'));
            device.forget(taskId, attempt);
          } else row.taken = 0;
        }
        for (const [index, { attempt, end }] of rows.entries()) {
          const known = device.guard.entries().find((entry) => entry.taskId === `task${index}`);
          for (let older = 1; older < (known?.attempt ?? 0); older += 1) {
            const verdict = device.guard.judge({ taskId: `task${index}`, attempt: older });
            assert.deepEqual(verdict, { verdict: 'replayed', attempt: known!.attempt });
          }
          if (end === undefined) continue;
          assert.deepEqual(device.guard.judge({ taskId: `task${index}`, attempt }), { verdict: 'ended', end });
        }
      }
    }),
  );
});

test('what has expired is forgotten, and of too much what expires first', () => {
  const guard = new ReplayGuard([
    { taskId: 'old', attempt: 1, expiresAt: HOUR, end: 'succeeded' },
    { taskId: 'new', attempt: 1, expiresAt: 3 * HOUR, end: 'succeeded' },
  ]);
  guard.expire(2 * HOUR);
  assert.deepEqual(
    guard.entries().map(({ taskId }) => taskId),
    ['new'],
  );
  const many = Array.from({ length: 100_001 }, (_, index) => ({
    taskId: `t${index}`,
    attempt: 1,
    expiresAt: HOUR + index,
  }));
  const full = new ReplayGuard(many);
  full.expire(0);
  assert.equal(full.entries().length, 100_000);
  assert.deepEqual(full.judge({ taskId: 't0', attempt: 0 }), { verdict: 'accepted' });
  assert.deepEqual(full.judge({ taskId: 't1', attempt: 0 }), { verdict: 'replayed', attempt: 1 });
});
