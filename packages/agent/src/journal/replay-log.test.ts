import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReplayEntry } from '../core/trust/replay-guard.ts';
import { ReplayLog } from './replay-log.ts';

const entryOf = (index: number): ReplayEntry => ({ taskId: `t${index}`, attempt: 1, expiresAt: 9, end: 'succeeded' });

async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-replay-'));
  await work(join(folder, 'ended.log')).finally(() => rm(folder, { recursive: true }));
}

test('what was added is there again, in order, for the user alone', () =>
  inFolder(async (path) => {
    const { log, entries } = await ReplayLog.open(path);
    assert.deepEqual(entries, []);
    const added = [entryOf(1), { taskId: 't2', attempt: 3, expiresAt: 9 }];
    for (const entry of added) await log.add(entry, added);
    await log.close();
    assert.deepEqual((await ReplayLog.open(path)).entries, added);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  }));

test('a line that a power cut left half written, or damaged, takes no other with it', () =>
  inFolder(async (path) => {
    const { log } = await ReplayLog.open(path);
    await log.add(entryOf(1), [entryOf(1)]);
    await log.close();
    await appendFile(path, 'rubbish\n{"taskId":"t9","att');
    const again = await ReplayLog.open(path);
    assert.deepEqual(again.entries, [entryOf(1)]);
    await again.log.add(entryOf(2), [entryOf(1), entryOf(2)]);
    await again.log.close();
    assert.deepEqual((await ReplayLog.open(path)).entries, [entryOf(1), entryOf(2)]);
  }));

test('what does not count any more does not stay for ever', () =>
  inFolder(async (path) => {
    const { log } = await ReplayLog.open(path);
    for (let index = 0; index < 1010; index += 1) await log.add(entryOf(index), [entryOf(index)]);
    await log.close();
    assert.ok((await readFile(path, 'utf8')).split('\n').length < 20);
    assert.deepEqual((await ReplayLog.open(path)).entries.at(-1), entryOf(1009));
  }));
