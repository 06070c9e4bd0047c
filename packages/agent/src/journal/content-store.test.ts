import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ContentStore } from './content-store.ts';

const NOW = 1_800_000_000_000;

test('what nobody keeps is removed; what cannot be read says nothing, and its content stays', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-contents-'));
  context.after(() => rm(folder, { recursive: true }));
  for (const name of ['forgotten', 'kept', 'over', 'unreadable']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'kept', 'retained-until'), String(NOW + 1000));
  await writeFile(join(folder, 'over', 'retained-until'), String(NOW - 1000));
  // Whoever reads it is told EISDIR, as root too.
  await mkdir(join(folder, 'unreadable', 'retained-until'));
  const store = new ContentStore(folder);
  await store.purge(NOW);
  assert.deepEqual((await readdir(folder)).sort(), ['kept', 'unreadable']);
  await store.purge(NOW, true);
  assert.deepEqual(await readdir(folder), []);
});
