import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ActionContext } from './action.ts';
import { TestDevice, tarOf } from './action-fixture.ts';
import { performAction } from './perform-action.ts';

/** What the killed process runs: the action as it stands on its standard input, until the checkpoint that kills it. */
const program = `
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
const { performAction } = await import(${JSON.stringify(new URL('perform-action.ts', import.meta.url).href)});
const { context, fatalPoint, awaitedFile } = JSON.parse(await text(process.stdin));
await performAction({
  ...context,
  signal: new AbortController().signal,
  output: () => undefined,
  checkpoint: async (point) => {
    if (point !== fatalPoint) return;
    while (awaitedFile !== undefined && !existsSync(awaitedFile)) await sleep(10);
    process.kill(process.pid, 'SIGKILL');
  },
});
`;

async function performKilled(context: ActionContext, fatalPoint: string, awaitedFile?: string): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(JSON.stringify({ context, fatalPoint, awaitedFile }));
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'], fatalPoint);
}

async function deviceWith(t: TestContext, setup: string): Promise<{ device: TestDevice; context: ActionContext }> {
  const archive = gzipSync(
    await tarOf([
      { name: 'version', content: '1' },
      { name: 'setup', content: `#!/bin/sh\n${setup}\n`, mode: 0o755 },
    ]),
  );
  const device = await TestDevice.make(t);
  const context = await device.context(
    { kind: 'install', app: 'shop', version: '1', packageKind: 'app', packageName: 'shop.tar.gz', script: 'setup' },
    archive,
  );
  return { device, context };
}

test('an agent killed with SIGKILL in mid-action completes it after its restart', async (t) => {
  for (const fatalPoint of ['announced a temporary', 'placed the release', 'swapped current']) {
    const { device, context } = await deviceWith(t, 'true');
    await performKilled(context, fatalPoint);
    assert.deepEqual(await performAction(context), { outcome: 'succeeded', version: '1' }, fatalPoint);
    assert.equal(await readFile(device.path('apps/shop/current/version'), 'utf8'), '1');
    await device.assertTidy();
  }
});

test('a script that outlived its killed agent is ended before it is run again', async (t) => {
  const first = 'if test -e pid; then echo second; exit 0; fi; echo $$ > pid.new; mv pid.new pid; exec sleep 1000';
  const { device, context } = await deviceWith(t, first);
  const pidFile = device.path('apps/shop/releases/1/pid');
  await performKilled(context, 'saved group', pidFile);
  const pid = Number(await readFile(pidFile, 'utf8'));
  assert.ok((await lstat(`/proc/${pid}/cwd`)).isSymbolicLink());
  assert.deepEqual(await performAction(context), { outcome: 'succeeded', version: '1' });
  assert.equal(device.outputText(), 'second\n');
  await assert.rejects(lstat(`/proc/${pid}/cwd`));
});
