import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOf, Manifest, Report } from '@rollcall/api';
import { Random } from '@rollcall/norm';
import { ReplayGuard } from '../../../packages/agent/src/core/trust/replay-guard.ts';
import type { TaskRecord } from '../../../packages/agent/src/core/task-record.ts';
import { decodeRecord } from '../../../packages/agent/src/journal/decode-record.ts';
import { TaskJournal } from '../../../packages/agent/src/journal/task-journal.ts';
import { ACCEPTED, REFUSED } from '../fuzz-target.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { mutateJson } from '../json-mutator.ts';
import { sampleOf } from '../sample-of-schema.ts';
import type { JsonSchema } from '../sample-of-schema.ts';

const FILE = 'a.1.json';
/** The first cases, and then each thousandth, lie in a file and go the way of a restart. */
const FILES_FIRST = 1000;
const FILE_EACH = 1000;

/** A record of the device's journal, damaged in any way: believed as a whole or removed, and never the end of the agent. */
export async function openTaskJournal(seed: number): Promise<FuzzTarget> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'rollcall-fuzz-'));
  const journal = await TaskJournal.open(folder);
  const log = { warn: () => undefined } as never;
  const random = new Random(seed);
  const checkFile = async (record: TaskRecord | undefined, bytes: Uint8Array): Promise<void> => {
    writeFileSync(join(folder, 'tasks', FILE), bytes);
    assert.deepEqual(await journal.load(log), record === undefined ? [] : [record]);
    assert.deepEqual(
      readdirSync(join(folder, 'tasks')),
      record === undefined ? [] : [FILE],
      'only what is believed stays',
    );
  };
  let checked = 0;
  const records = Array.from({ length: 20 }, () => sampleRecord(random));
  return {
    name: 'task-journal',
    sizeMax: 64 * 1024,
    millisMax: 500,
    shortCount: 5000,
    corpus: records.map((record) => Buffer.from(JSON.stringify(record))),
    dictionary: ['"stage"', '__proto__', '..', '/', '\\u0000', '1e999'].map((text) => Buffer.from(text)),
    generate: (random) => Buffer.from(mutateJson(records[random.below(records.length)], random)),
    check: (bytes) => {
      const record = decodeRecord(FILE, Buffer.from(bytes).toString('utf8'));
      if (record !== undefined) assertRight(record);
      checked += 1;
      const outcome = record === undefined ? REFUSED : ACCEPTED;
      return checked <= FILES_FIRST || checked % FILE_EACH === 0
        ? checkFile(record, bytes).then(() => outcome)
        : outcome;
    },
    close: async () => {
      await journal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function assertRight(record: TaskRecord): void {
  const { manifest, sequence, reports } = record;
  assert.ok(isOf(Manifest, manifest) && Number.isSafeInteger(sequence));
  assert.ok(reports.every((report) => isOf(Report, report)));
  const kept = new ReplayGuard().entryToKeep(record);
  assert.ok(kept === undefined || record.stage === 'ended');
}

function sampleRecord(random: Random): unknown {
  const manifest = { ...(sampleOf(Manifest, random) as object), taskId: 'a', attempt: 1 };
  const reports = Array.from({ length: random.below(3) }, () => ({
    ...(sampleOf(Report as JsonSchema, random) as object),
    sequence: 1 + random.below(5),
  }));
  return {
    manifest,
    stage: ['planned', 'receiving', 'received', 'executing', 'ended'][random.below(5)],
    sequence: 9,
    reports,
  };
}
