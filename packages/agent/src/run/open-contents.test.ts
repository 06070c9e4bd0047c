import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { link, lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContentDescription } from '@rollcall/api';
import { ContentStore } from '../journal/content-store.ts';
import { OpenContents } from './open-contents.ts';

const bytes = randomBytes(100);
const description: ContentDescription = {
  id: 'a'.repeat(64),
  encoding: 'identity',
  size: bytes.length,
  leafSize: 65_536,
  leafCount: 1,
  root: '0'.repeat(64),
  sha256: createHash('sha256').update(bytes).digest('hex'),
};

async function lent(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-open-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const contents = new OpenContents(new ContentStore(join(folder, 'contents')));
  const content = await contents.open(description);
  const giveBack = contents.lend(description.id);
  await link(content.path, join(folder, 'target'));
  context.after(() => contents.close());
  const isShared = async () => (await lstat(content.path)).nlink > 1;
  return { contents, giveBack, isShared };
}

test('who opens a content that is lent waits, and gets a file that nobody else can change', async (context) => {
  const { contents, giveBack, isShared } = await lent(context);
  let isOpen = false;
  const opening = contents.open(description).then(() => (isOpen = true));
  await sleep(20);
  assert.equal(isOpen, false);
  await giveBack(false);
  await opening;
  assert.equal(await isShared(), false);
});

test('a content that nobody wants any more is not copied; one that is kept for a retry is', async (context) => {
  const done = await lent(context);
  await done.giveBack(false);
  assert.equal(await done.isShared(), true);
  const failed = await lent(context);
  await failed.giveBack(true);
  assert.equal(await failed.isShared(), false);
});
