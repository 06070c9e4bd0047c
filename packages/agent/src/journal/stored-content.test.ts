import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { link, lstat, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type ContentDescription, hashLeaf, rootOf } from '@rollcall/api';
import { ContentStore } from './content-store.ts';
import { sha256 } from './sha256.ts';
import { StoredContent } from './stored-content.ts';

const LEAF = 65_536;
const bytes = randomBytes(10 * LEAF + 100);
const table = Buffer.concat(
  Array.from({ length: 11 }, (_, leaf) => hashLeaf(sha256, bytes.subarray(leaf * LEAF, (leaf + 1) * LEAF))),
);
const description: ContentDescription = {
  id: 'a'.repeat(64),
  encoding: 'identity',
  size: bytes.length,
  leafSize: LEAF,
  leafCount: 11,
  root: Buffer.from(rootOf(sha256, table)).toString('hex'),
  sha256: createHash('sha256').update(bytes).digest('hex'),
};
const never = new AbortController().signal;

async function scratch(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-journal-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('verified leaves are held after a restart, and how they came is known', async (context) => {
  const folder = join(await scratch(context), 'content');
  const first = await StoredContent.open(folder, description);
  assert.deepEqual(first.missing(), [[0, 11]]);
  first.markHeld([[0, 3]], 'multicast');
  first.markHeld(
    [
      [2, 2],
      [10, 1],
    ],
    'unicast',
  );
  await first.close();
  const second = await StoredContent.open(folder, description);
  assert.deepEqual(second.missing(), [[4, 6]]);
  assert.deepEqual([second.bytesMulticast, second.bytesUnicast], [3 * LEAF, LEAF + 100]);
  assert.deepEqual(second.heldRanges(), [
    [0, 4],
    [10, 1],
  ]);
  await second.close();
});

test('a leaf table with another root is not taken, the right one survives a restart', async (context) => {
  const folder = join(await scratch(context), 'content');
  const first = await StoredContent.open(folder, description);
  const wrong = Buffer.from(table);
  wrong[5]! ^= 1;
  assert.equal(first.takeLeafTable(wrong), false);
  assert.equal(first.takeLeafTable(table.subarray(32)), false);
  assert.equal(first.takeLeafTable(table), true);
  assert.equal(first.isLeafRight(10, bytes.subarray(10 * LEAF)), true);
  assert.equal(first.isLeafRight(9, bytes.subarray(10 * LEAF)), false);
  await first.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await StoredContent.open(folder, description);
  assert.ok(second.leafTable !== undefined);
  await second.close();
});

test('a journal that is damaged or cut off is believed for no leaf that is not right', async (context) => {
  const folder = join(await scratch(context), 'content');
  const first = await StoredContent.open(folder, description);
  first.takeLeafTable(table);
  await writeFile(first.path, bytes);
  first.markHeld([[0, 11]], 'multicast');
  assert.equal(await first.digest(never), description.sha256);
  await first.close();

  await truncate(join(folder, 'held'), 1);
  const cut = await StoredContent.open(folder, description);
  assert.deepEqual(cut.missing(), [[8, 3]]);
  await cut.close();

  const spoilt = Buffer.from(bytes);
  spoilt[4 * LEAF]! ^= 1;
  await writeFile(join(folder, 'content'), spoilt);
  await writeFile(join(folder, 'held'), Buffer.alloc(100, 0xff));
  const wrong = await StoredContent.open(folder, description);
  assert.equal(wrong.isComplete, true);
  assert.notEqual(await wrong.digest(never), description.sha256);
  await wrong.rescan(never);
  assert.deepEqual(wrong.missing(), [[4, 1]]);
  await wrong.close();
});

test('a journal whose content is gone, shorter, or another begins anew', async (context) => {
  const folder = join(await scratch(context), 'content');
  const damages = [
    () => rm(join(folder, 'content')),
    () => truncate(join(folder, 'content'), 5),
    () => writeFile(join(folder, 'content.json'), '{"id":'),
    () => rm(join(folder, 'content.json')),
  ];
  for (const damage of damages) {
    const content = await StoredContent.open(folder, description);
    content.markHeld([[0, 11]], 'unicast');
    await content.close();
    await damage();
    const again = await StoredContent.open(folder, description);
    assert.equal(again.bytesHeld, 0);
    assert.equal((await readFile(again.path)).length, bytes.length);
    await again.close();
  }
});

test('two tasks share an open content; released for a retry it keeps its leaves, and goes when its time is over', async (context) => {
  const store = new ContentStore(join(await scratch(context), 'contents'));
  const content = await store.open(description);
  assert.equal(await store.open(description), content);
  content.markHeld([[0, 5]], 'multicast');
  const now = Date.now();
  await store.release(description.id, now + 1000);
  await store.purge(now);
  const again = await store.open(description);
  assert.deepEqual(again.missing(), [[5, 6]]);
  await store.release(description.id, now + 1000);
  await store.purge(now + 2000);
  assert.equal((await store.open(description)).bytesHeld, 0);
  await store.close();
});

test('content that is opened while it is being removed begins anew', async (context) => {
  const store = new ContentStore(join(await scratch(context), 'contents'));
  (await store.open(description)).markHeld([[0, 11]], 'multicast');
  const releasing = store.release(description.id, undefined);
  const again = await store.open(description);
  await releasing;
  assert.equal(again.bytesHeld, 0);
  assert.equal((await readFile(again.path)).length, bytes.length);
  await store.close();
});

test('only leaves that this process has seen to be right are proven', async (context) => {
  const folder = join(await scratch(context), 'content');
  const first = await StoredContent.open(folder, description);
  first.takeLeafTable(table);
  first.markHeld([[0, 10]], 'multicast');
  assert.equal(first.isProven, false);
  first.markHeld([[10, 1]], 'unicast');
  assert.equal(first.isProven, true);
  await first.close();
  const second = await StoredContent.open(folder, description);
  assert.deepEqual([second.isComplete, second.isProven], [true, false]);
  await second.close();
});

test('a file that got another name is the store’s alone again before anybody else uses it', async (context) => {
  const folder = join(await scratch(context), 'content');
  const target = `${folder}.target`;
  const first = await StoredContent.open(folder, description);
  first.takeLeafTable(table);
  await writeFile(first.path, bytes);
  first.markHeld([[0, 11]], 'multicast');
  await link(first.path, target);
  await first.unshare();
  assert.equal(first.isProven, false);
  await writeFile(target, 'changed by its owner');
  assert.equal(await first.digest(never), description.sha256);
  await first.close();

  await rm(target);
  await link(first.path, target);
  const second = await StoredContent.open(folder, description);
  assert.notEqual((await lstat(second.path)).ino, (await lstat(target)).ino);
  assert.equal(await second.digest(never), description.sha256);
  assert.equal(second.isComplete, true);
  await second.close();
});
