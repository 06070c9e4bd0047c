import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('output that nobody reads ends the program as SIGPIPE does, without a word', async () => {
  const entry = fileURLToPath(new URL('rollcall.ts', import.meta.url));
  const child = spawn(process.execPath, [entry, 'cast', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(said, '');
  assert.equal(code, 141);
});
