import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Action } from '@rollcall/api';
import { raiseVersionMark } from '../../packages/agent/src/actions/version-mark.ts';
import { compareSemver } from '../../packages/agent/src/actions/version-rules.ts';
import { forgetAction, performAction, planAction } from '../../packages/agent/src/actions/perform-action.ts';
import type { Attack } from '../attack.ts';

/** A genuine task that was held back for long brings an older version; a batch that was done comes again, or under another id. */
export const attack: Attack = {
  name: 'an older version, and a batch replayed',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-attack-'));
    try {
      return await replay(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function replay(folder: string) {
  const policy = { dataDirectory: folder, allowedRoots: [], allow: [], channels: { '*': { spool: 'spool' } } };
  const contentPath = join(folder, 'content');
  await writeFile(contentPath, 'prices');
  const content = { contentSize: 6, contentSha256: createHash('sha256').update('prices').digest('hex') };
  const ask = (action: Action) => planAction({ taskId: 'task', attempt: 1, action, policy, ...content });

  const app = { kind: 'install', app: 'till', packageKind: 'app', packageName: 'till.tar' } as const;
  await raiseVersionMark(folder, { ...app, version: '2.0.0' }, compareSemver);
  const older = await ask({ ...app, version: '1.9.0' });
  assert.ok(older.decision === 'rejected' && older.code === 'version_rollback');
  assert.equal((await ask({ ...app, version: '2.0.1' })).decision, 'perform');

  const batch = { kind: 'batch', channel: 'prices', batchId: 'one', sequence: 5, name: 'prices.csv' } as const;
  const perform = (taskId: string, action: Action) =>
    performAction({
      taskId,
      attempt: 1,
      action,
      policy,
      contentPath,
      ...content,
      stagingDirectory: join(folder, 'staging'),
      timeoutMs: 10_000,
      signal: new AbortController().signal,
      output: () => undefined,
    });
  assert.equal((await perform('first', batch)).outcome, 'succeeded');
  await forgetAction(policy, 'first');
  for (const [index, file] of (await readdir(join(folder, 'spool', 'prices'))).entries()) {
    assert.equal(index, 0);
    await rm(join(folder, 'spool', 'prices', file));
  }
  const again = await perform('first', batch);
  assert.ok(again.outcome === 'succeeded' && again.alreadyPresent === true);
  const renamed = await perform('second', { ...batch, batchId: 'two' });
  assert.ok(renamed.outcome === 'rejected' && renamed.code === 'replayed_batch');
  assert.deepEqual(await readdir(join(folder, 'spool', 'prices')), []);
  return { count: 3, stoppedBy: 'the highest version and the batches done, on disk: version_rollback, replayed_batch' };
}
