import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from '@rollcall/api';
import type { ActionResult, DevicePolicy } from '../actions/action.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import { ActionRunner } from './action-runner.ts';

const policy: DevicePolicy = { dataDirectory: '/nonexistent', allowedRoots: [], allow: [], channels: {} };
const content = { path: '/nonexistent/content', description: { size: 0 } } as StoredContent;
const manifest = {
  taskId: 'task-2',
  attempt: 1,
  action: { kind: 'copy', to: 'x', form: 'file', name: 'x' },
  content: { size: 0 },
  timeoutSeconds: 60,
} as Manifest;

/** Enough turns of the event loop for whatever does not wait for anything. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what changes the device is done one by one, in the order in which it was asked for', async () => {
  const events: string[] = [];
  const undone = Promise.withResolvers<void>();
  const performed = Promise.withResolvers<ActionResult>();
  const runner = new ActionRunner(
    {
      planAction: async ({ alone }) => {
        await alone!(async () => void events.push('undone for a plan'));
        return { decision: 'perform', spaceNeeded: 0 };
      },
      performAction: async ({ signal, exited }) => {
        for (const exitCode of [1, 0]) exited?.(exitCode);
        events.push(signal.aborted ? 'performing, cancelled' : 'performing');
        return performed.promise;
      },
      forgetAction: async (_policy, taskId) => {
        events.push(`forgetting ${taskId}`);
        await undone.promise;
        throw new Error('cannot be undone');
      },
    },
    policy,
    '/nonexistent',
  );
  const forgotten = assert.rejects(runner.forget('task-1'), /cannot be undone/);
  const executed = runner.execute(manifest, content);
  const planned = runner.plan({ ...manifest, attempt: 2 }, 0);
  await settle();
  assert.deepEqual(events.splice(0), ['forgetting task-1']);
  runner.cancel('task-2', 1);
  undone.resolve();
  await forgotten;
  await settle();
  assert.deepEqual(events.splice(0), ['performing, cancelled']);
  performed.resolve({ outcome: 'succeeded' });
  assert.deepEqual(await executed, { outcome: 'succeeded', exitCode: 0 });
  assert.deepEqual(await planned, { decision: 'perform', spaceNeeded: 0 });
  assert.deepEqual(events, ['undone for a plan']);
});
