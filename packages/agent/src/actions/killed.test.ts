import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { TestDevice, tarOf } from './action-fixture.ts';
import { performAction } from './perform-action.ts';

/** What the killed process runs: the action as it stands on its standard input, until the checkpoint that kills it. */
const program = `
import { text } from 'node:stream/consumers';
const { performAction } = await import(${JSON.stringify(new URL('perform-action.ts', import.meta.url).href)});
const { context, fatalPoint } = JSON.parse(await text(process.stdin));
const result = await performAction({
  ...context,
  signal: new AbortController().signal,
  output: () => undefined,
  checkpoint: (point) => { if (point === fatalPoint) process.kill(process.pid, 'SIGKILL'); },
});
console.log(JSON.stringify(result));
`;

test('an agent killed with SIGKILL in mid-action completes it after its restart', async (t) => {
  const archive = gzipSync(
    await tarOf([
      { name: 'version', content: '1' },
      { name: 'setup', content: '#!/bin/sh\necho run >> runs\n', mode: 0o755 },
    ]),
  );
  for (const fatalPoint of ['announced a temporary', 'placed the release', 'saved group', 'swapped current']) {
    const device = await TestDevice.make(t);
    const context = await device.context(
      { kind: 'install', app: 'shop', version: '1', packageKind: 'app', packageName: 'shop.tar.gz', script: 'setup' },
      archive,
    );
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(JSON.stringify({ context, fatalPoint }));
    const [exitCode, signal] = await once(child, 'exit');
    assert.deepEqual([exitCode, signal], [null, 'SIGKILL'], fatalPoint);
    assert.deepEqual(await performAction(context), { outcome: 'succeeded', version: '1' }, fatalPoint);
    assert.equal(await readFile(device.path('apps/shop/current/version'), 'utf8'), '1');
    await device.assertTidy();
  }
});
