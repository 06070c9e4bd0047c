import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOf, Manifest, Report } from '@rollcall/api';
import { Random } from '@rollcall/norm';
import { TaskJournal } from '../../../packages/agent/src/journal/task-journal.ts';
import { ACCEPTED, REFUSED } from '../fuzz-target.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { mutateJson } from '../json-mutator.ts';
import { sampleOf } from '../sample-of-schema.ts';
import type { JsonSchema } from '../sample-of-schema.ts';

const FILE = 'a.1.json';

/** A record of the device's journal, damaged in any way: believed as a whole or removed, and never the end of the agent. */
export async function openTaskJournal(seed: number): Promise<FuzzTarget> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'rollcall-fuzz-'));
  const journal = await TaskJournal.open(folder);
  const log = { warn: () => undefined } as never;
  const random = new Random(seed);
  const records = Array.from({ length: 20 }, () => sampleRecord(random));
  return {
    name: 'task-journal',
    sizeMax: 64 * 1024,
    millisMax: 500,
    shortCount: 1000,
    corpus: records.map((record) => Buffer.from(JSON.stringify(record))),
    dictionary: ['"stage"', '__proto__', '..', '/', '\\u0000', '1e999'].map((text) => Buffer.from(text)),
    generate: (random) => Buffer.from(mutateJson(records[random.below(records.length)], random)),
    check: async (bytes) => {
      writeFileSync(join(folder, 'tasks', FILE), bytes);
      const loaded = await journal.load(log);
      const left = readdirSync(join(folder, 'tasks'));
      if (loaded.length === 0) {
        assert.deepEqual(left, [], 'what is not believed is removed');
        return REFUSED;
      }
      assert.deepEqual(left, [FILE]);
      const [record] = loaded;
      assert.ok(record !== undefined && isOf(Manifest, record.manifest) && Number.isSafeInteger(record.sequence));
      assert.ok(record.reports.every((report) => isOf(Report, report)));
      return ACCEPTED;
    },
    close: async () => {
      await journal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
