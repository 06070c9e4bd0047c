import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Manifest, Report } from '@rollcall/api';
import { pino } from 'pino';
import type { TaskRecord } from '../core/task-record.ts';
import { TaskJournal } from './task-journal.ts';

const log = pino({ level: 'silent' });
const hash = 'a'.repeat(64);
const manifest: Manifest = {
  taskId: 'task-1',
  attempt: 2,
  action: { kind: 'copy', to: 'x', form: 'file', name: 'x' },
  content: { id: hash, encoding: 'identity', size: 0, leafSize: 65_536, leafCount: 0, root: hash, sha256: hash },
  audience: ['device'],
  weight: 100,
  createdAt: 0,
  notBefore: 0,
  expiresAt: 1,
  timeoutSeconds: 60,
};
const report: Report = {
  taskId: 'task-1',
  attempt: 2,
  sequence: 3,
  state: 'receiving',
  bytesMulticast: 0,
  bytesUnicast: 0,
};
const record: TaskRecord = { manifest, stage: 'receiving', sequence: 3, reports: [report] };

async function scratch(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-journal-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a record is read as it was written, and forgotten for good', async (context) => {
  const folder = await scratch(context);
  const journal = await TaskJournal.open(folder);
  context.after(() => journal.close());
  await journal.save({ ...record, stage: 'planned' });
  await journal.save(record);
  assert.deepEqual(await (await TaskJournal.open(folder)).load(log), [record]);
  await journal.forget(manifest);
  assert.deepEqual(await (await TaskJournal.open(folder)).load(log), []);
});

test('a file that cannot be read at this moment stays, and nobody goes on without it', async (context) => {
  const folder = await scratch(context);
  const journal = await TaskJournal.open(folder);
  context.after(() => journal.close());
  await symlink('task-2.1.json', join(folder, 'tasks', 'task-2.1.json'));
  await assert.rejects(journal.load(log), { code: 'ELOOP' });
  assert.deepEqual(await readdir(join(folder, 'tasks')), ['task-2.1.json']);
});

test('files that are damaged, of another task or half written are removed, and the others are read', async (context) => {
  const folder = await scratch(context);
  const journal = await TaskJournal.open(folder);
  context.after(() => journal.close());
  await journal.save(record);
  const text = JSON.stringify(record);
  const damaged = {
    'task-2.1.json': text.slice(0, 100),
    'task-3.1.json': '',
    'task-4.1.json': text,
    'task-5.1.json': JSON.stringify({ ...record, sequence: 2 }),
    'task-6.1.json': 'null',
    '.task-1.2.json.new': text.slice(0, 10),
  };
  for (const [name, content] of Object.entries(damaged)) await writeFile(join(folder, 'tasks', name), content);
  assert.deepEqual(await journal.load(log), [record]);
  assert.deepEqual(await readdir(join(folder, 'tasks')), ['task-1.2.json']);
});
