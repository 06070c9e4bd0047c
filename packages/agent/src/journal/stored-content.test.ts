import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { link, lstat, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type ContentEncoding, CONTENT_ENCODINGS, leafEntryBytes } from '@rollcall/api';
import { contentOf } from '../../test/test-content.ts';
import { ContentStore } from './content-store.ts';
import { ContentKeyError } from './leaf-checker.ts';
import { StoredContent } from './stored-content.ts';

const LEAF = 65_536;
const bytes = randomBytes(10 * LEAF + 100);
const never = new AbortController().signal;

async function scratch(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-journal-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

for (const encoding of CONTENT_ENCODINGS) everyTest(encoding);

function everyTest(encoding: ContentEncoding): void {
  const { description, leafTable: table, travelling, contentKey } = contentOf(bytes, LEAF, encoding);

  test(`${encoding}: verified leaves are held after a restart, and how they came is known`, async (context) => {
    const folder = join(await scratch(context), 'content');
    const first = await StoredContent.open(folder, description, contentKey);
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
    const second = await StoredContent.open(folder, description, contentKey);
    assert.deepEqual(second.missing(), [[4, 6]]);
    assert.deepEqual([second.bytesMulticast, second.bytesUnicast], [3 * LEAF, LEAF + 100]);
    assert.deepEqual(second.heldRanges(), [
      [0, 4],
      [10, 1],
    ]);
    await second.close();
  });

  test(`${encoding}: a content that cannot be looked at is told, and stays`, async (context) => {
    const folder = join(await scratch(context), 'content');
    const first = await StoredContent.open(folder, description, contentKey);
    first.markHeld([[0, 3]], 'multicast');
    await first.close();
    await rm(first.path);
    await symlink('content', first.path);
    await assert.rejects(StoredContent.open(folder, description, contentKey), { code: 'ELOOP' });
    assert.ok((await readdir(folder)).includes('held'));
  });

  test(`${encoding}: a leaf table with another root is not taken, the right one survives a restart`, async (context) => {
    const folder = join(await scratch(context), 'content');
    const first = await StoredContent.open(folder, description, contentKey);
    const wrong = Buffer.from(table);
    wrong[5]! ^= 1;
    assert.equal(first.takeLeafTable(wrong), false);
    assert.equal(first.takeLeafTable(table.subarray(leafEntryBytes(encoding))), false);
    assert.equal(first.takeLeafTable(table), true);
    const lastLeaf = travelling.subarray(10 * LEAF);
    assert.ok(bytes.subarray(10 * LEAF).equals(first.decodeLeaf(10, lastLeaf)!));
    assert.equal(first.decodeLeaf(9, lastLeaf), undefined);
    await first.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await StoredContent.open(folder, description, contentKey);
    assert.ok(second.leafTable !== undefined);
    await second.close();
  });

  test(`${encoding}: a journal that is damaged or cut off is believed for no leaf that is not right`, async (context) => {
    const folder = join(await scratch(context), 'content');
    const first = await StoredContent.open(folder, description, contentKey);
    first.takeLeafTable(table);
    await writeFile(first.path, bytes);
    first.markHeld([[0, 11]], 'multicast');
    assert.equal(await first.digest(never), description.sha256);
    await first.close();

    await truncate(join(folder, 'held'), 1);
    const cut = await StoredContent.open(folder, description, contentKey);
    assert.deepEqual(cut.missing(), [[8, 3]]);
    await cut.close();

    const spoilt = Buffer.from(bytes);
    spoilt[4 * LEAF]! ^= 1;
    await writeFile(join(folder, 'content'), spoilt);
    await writeFile(join(folder, 'held'), Buffer.alloc(100, 0xff));
    const wrong = await StoredContent.open(folder, description, contentKey);
    assert.equal(wrong.isComplete, true);
    assert.notEqual(await wrong.digest(never), description.sha256);
    await wrong.rescan(never);
    assert.deepEqual(wrong.missing(), [[4, 1]]);
    await wrong.close();
  });

  test(`${encoding}: a journal whose content is gone, shorter, or another begins anew`, async (context) => {
    const folder = join(await scratch(context), 'content');
    const damages = [
      () => rm(join(folder, 'content')),
      () => truncate(join(folder, 'content'), 5),
      () => writeFile(join(folder, 'content.json'), '{"id":'),
      () => rm(join(folder, 'content.json')),
    ];
    for (const damage of damages) {
      const content = await StoredContent.open(folder, description, contentKey);
      content.markHeld([[0, 11]], 'unicast');
      await content.close();
      await damage();
      const again = await StoredContent.open(folder, description, contentKey);
      assert.equal(again.bytesHeld, 0);
      assert.equal((await readFile(again.path)).length, bytes.length);
      await again.close();
    }
  });

  test(`${encoding}: two tasks share an open content; released for a retry it keeps its leaves, and goes when its time is over`, async (context) => {
    const store = new ContentStore(join(await scratch(context), 'contents'));
    const content = await store.open(description, contentKey);
    assert.equal(await store.open(description, contentKey), content);
    content.markHeld([[0, 5]], 'multicast');
    const now = Date.now();
    await store.release(description.id, now + 1000);
    await store.purge(now);
    const again = await store.open(description, contentKey);
    assert.deepEqual(again.missing(), [[5, 6]]);
    await store.release(description.id, now + 1000);
    await store.purge(now + 2000);
    assert.equal((await store.open(description, contentKey)).bytesHeld, 0);
    await store.close();
  });

  test(`${encoding}: content that is opened while it is being removed begins anew`, async (context) => {
    const store = new ContentStore(join(await scratch(context), 'contents'));
    (await store.open(description, contentKey)).markHeld([[0, 11]], 'multicast');
    const releasing = store.release(description.id, undefined);
    const again = await store.open(description, contentKey);
    await releasing;
    assert.equal(again.bytesHeld, 0);
    assert.equal((await readFile(again.path)).length, bytes.length);
    await store.close();
  });

  test(`${encoding}: only leaves that this process has seen to be right are proven`, async (context) => {
    const folder = join(await scratch(context), 'content');
    const first = await StoredContent.open(folder, description, contentKey);
    first.takeLeafTable(table);
    first.markHeld([[0, 10]], 'multicast');
    assert.equal(first.isProven, false);
    first.markHeld([[10, 1]], 'unicast');
    assert.equal(first.isProven, true);
    await first.close();
    const second = await StoredContent.open(folder, description, contentKey);
    assert.deepEqual([second.isComplete, second.isProven], [true, false]);
    await second.close();
  });

  test(`${encoding}: a file that got another name is the store’s alone again before anybody else uses it`, async (context) => {
    const folder = join(await scratch(context), 'content');
    const target = `${folder}.target`;
    const first = await StoredContent.open(folder, description, contentKey);
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
    const second = await StoredContent.open(folder, description, contentKey);
    assert.notEqual((await lstat(second.path)).ino, (await lstat(target)).ino);
    assert.equal(await second.digest(never), description.sha256);
    assert.equal(second.isComplete, true);
    await second.close();
  });
}

const encrypted = contentOf(bytes, LEAF, 'aes-256-gcm');

test('an encrypted content cannot be opened without its key, and with another one nothing of it is used', async (context) => {
  const folder = join(await scratch(context), 'content');
  const { description, leafTable, travelling, contentKey } = encrypted;
  await assert.rejects(StoredContent.open(folder, description), ContentKeyError);
  const wrongKey = Buffer.alloc(32).toString('base64url');
  const wrong = await StoredContent.open(folder, description, wrongKey);
  wrong.takeLeafTable(leafTable);
  assert.throws(() => wrong.decodeLeaf(0, travelling.subarray(0, LEAF)), ContentKeyError);
  await writeFile(wrong.path, bytes);
  wrong.markHeld([[0, 11]], 'unicast');
  await wrong.rescan(never);
  assert.deepEqual(wrong.missing(), [[0, 11]]);
  await wrong.close();
  const right = await StoredContent.open(folder, description, contentKey);
  assert.ok(bytes.subarray(0, LEAF).equals(right.decodeLeaf(0, travelling.subarray(0, LEAF))!));
  await right.close();
});

test('the plaintext of a proven content is hashed as it comes, in whatever order, and as it is on the disk', async (context) => {
  const base = await scratch(context);
  const { description, leafTable, contentKey } = encrypted;
  const altered = Buffer.from(bytes);
  altered[7 * LEAF]! ^= 1;
  for (const [file, isRight] of [
    [bytes, true],
    [altered, false],
  ] as const) {
    const content = await StoredContent.open(join(base, String(isRight)), description, contentKey);
    content.takeLeafTable(leafTable);
    await writeFile(content.path, file);
    content.markHeld([[3, 4]], 'multicast');
    content.markHeld([[0, 3]], 'unicast');
    content.markHeld([[7, 4]], 'multicast');
    assert.equal(content.isProven, true);
    assert.equal((await content.digest(never)) === description.sha256, isRight);
    assert.equal((await content.digest(never)) === description.sha256, isRight);
    await content.rescan(never);
    assert.deepEqual(content.missing(), isRight ? [] : [[7, 1]]);
    await content.close();
  }
});

test('what was hashed of leaves that turn out wrong is forgotten: once they are right the digest is', async (context) => {
  const folder = join(await scratch(context), 'content');
  const { description, leafTable, contentKey } = encrypted;
  const before = await StoredContent.open(folder, description, contentKey);
  before.takeLeafTable(leafTable);
  const altered = Buffer.from(bytes);
  altered[0]! ^= 1;
  altered[3 * LEAF]! ^= 1;
  await writeFile(before.path, altered);
  before.markHeld([[3, 1]], 'multicast');
  await before.close();

  const content = await StoredContent.open(folder, description, contentKey);
  content.markHeld([[0, 3]], 'multicast');
  content.markHeld([[4, 7]], 'multicast');
  assert.equal(content.isProven, false);
  assert.notEqual(await content.digest(never), description.sha256);
  assert.equal(content.wasForged, false);
  await content.rescan(never);
  assert.equal(content.wasForged, true);
  assert.deepEqual(content.missing(), [
    [0, 1],
    [3, 1],
  ]);
  await writeFile(content.path, bytes);
  content.markHeld(content.missing(), 'unicast');
  assert.equal(content.isProven, true);
  assert.equal(await content.digest(never), description.sha256);
  await content.close();
});

test('the key of a content is nowhere in its folder', async (context) => {
  const folder = join(await scratch(context), 'content');
  const { description, leafTable, contentKey } = encrypted;
  const content = await StoredContent.open(folder, description, contentKey);
  content.takeLeafTable(leafTable);
  content.markHeld([[0, 1]], 'multicast');
  await content.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const key = Buffer.from(contentKey!, 'base64url');
  for (const name of await readdir(folder)) {
    const file = await readFile(join(folder, name));
    assert.ok(!file.includes(key) && !file.includes(contentKey!), name);
  }
});

test('ciphertext where the journal says plaintext, and plaintext of a leaf that it does not know, are both found', async (context) => {
  const folder = join(await scratch(context), 'content');
  const { description, leafTable, travelling, contentKey } = encrypted;
  const killed = await StoredContent.open(folder, description, contentKey);
  killed.takeLeafTable(leafTable);
  // Killed after leaf 3 was decrypted in its place and before its bit; leaf 5's bit is a damaged disk's.
  const file = Buffer.from(bytes);
  travelling.copy(file, 4 * LEAF, 4 * LEAF, 7 * LEAF);
  await writeFile(killed.path, file);
  killed.markHeld([[0, 3]], 'multicast');
  killed.markHeld([[5, 1]], 'multicast');
  await killed.close();

  const again = await StoredContent.open(folder, description, contentKey);
  assert.deepEqual(again.missing(), [
    [3, 2],
    [6, 5],
  ]);
  await again.rescan(never);
  assert.deepEqual(again.missing(), [[3, 8]]);
  await again.close();
});
