import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const HANGS = `
import { test } from 'node:test';
test('fails, and leaves a timer behind', () => {
  setInterval(() => {}, 1000);
  throw new Error('as it is meant to');
});
`;

test('a test file that hangs after its tests is ended, and counts as failed', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'rollcall-runner-'));
  const file = join(folder.path, 'hangs.test.ts');
  const runner = join(folder.path, 'runner.ts');
  await writeFile(file, HANGS);
  await writeFile(
    runner,
    `
import { runTestFiles } from ${JSON.stringify(new URL('../../scripts/test-files.ts', import.meta.url).href)};
const { failed } = await runTestFiles([${JSON.stringify(file)}], { concurrency: 1, timeoutMillis: 8000 });
console.log('failed:', failed);
`,
  );
  // Else the runner would take its files for subtests of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = spawnSync(process.execPath, [runner], { env, encoding: 'utf8', timeout: 30_000 });
  assert.match(stdout, /FAILED .*hangs\.test\.ts/);
  assert.match(stdout, /failed: 2/);
});
