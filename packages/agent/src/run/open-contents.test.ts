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
const table = createHash('sha256').update(bytes).digest();
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
  giveBack();
  await opening;
  assert.equal(await isShared(), false);
});

test('who opens it after the action, and before it is released, gets such a file too', async (context) => {
  const { contents, giveBack, isShared } = await lent(context);
  giveBack();
  assert.equal(await isShared(), true);
  await Promise.all([contents.open(description), contents.open(description)]);
  assert.equal(await isShared(), false);
});

test('a content that nobody wants any more is not copied; one that was kept for a retry is when it is opened', async (context) => {
  const { contents, giveBack, isShared } = await lent(context);
  contents.require(description.id).takeLeafTable(table);
  contents.require(description.id).markHeld([[0, 1]], 'multicast');
  giveBack();
  await contents.release(description.id, true, Date.now());
  assert.equal(await isShared(), true);
  await contents.open(description);
  assert.equal(await isShared(), false);
});
