import assert from 'node:assert/strict';
import { createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { type ContentDescription, HASH_BYTES, hashLeaf, leafContextText, rootOf, TAG_BYTES } from '@rollcall/api';
import { Upload } from '@tus/server';
import { ContentError } from '../core/ports.ts';
import { FileContentRoom } from './file-content-room.ts';
import { sha256 } from './cut-content.ts';

let directory: string;
let room: FileContentRoom;
let uploadNumber = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rollcall-content-'));
  room = await FileContentRoom.open(directory);
});
after(async () => rm(directory, { recursive: true }));

async function upload(bytes: Uint8Array, size = bytes.length): Promise<string> {
  uploadNumber += 1;
  const id = `upload-${uploadNumber}`;
  await room.uploadStore.create(new Upload({ id, size, offset: 0 }));
  await room.uploadStore.write(Readable.from([bytes]), id, 0);
  return id;
}

const fails = (code: ContentError['code']) => (error: unknown) => error instanceof ContentError && error.code === code;

const noneStored = () => Promise.resolve([]);

/** As it is. */
async function ingestPlain(uploadId: string): Promise<ContentDescription> {
  const { description, key } = await room.ingest(uploadId, 'identity', noneStored);
  assert.equal(key, undefined);
  return description;
}

async function ingestEncrypted(uploadId: string, stored: readonly ContentDescription[] = []) {
  return room.ingest(uploadId, 'aes-256-gcm', () => Promise.resolve(stored));
}

test('content is described by its leaves, its root and its digest, and read back by ranges', async () => {
  const bytes = randomBytes(200_000);
  const content = await ingestPlain(await upload(bytes));
  assert.equal(content.size, 200_000);
  assert.equal(content.leafCount, 4);
  assert.equal(content.sha256, createHash('sha256').update(bytes).digest('hex'));
  const table = await buffer(room.readLeafTable(content.id));
  assert.equal(table.length, 4 * HASH_BYTES);
  assert.deepEqual(table.subarray(3 * HASH_BYTES), Buffer.from(hashLeaf(sha256, bytes.subarray(3 * 65536))));
  const read = await buffer(
    room.read(content.id, [
      { offset: 10, length: 5 },
      { offset: 199_990, length: 10 },
    ]),
  );
  assert.deepEqual(read, Buffer.concat([bytes.subarray(10, 15), bytes.subarray(199_990)]));
});

test('encrypted content is stored as it travels, and its key opens every leaf of it', async () => {
  // Plaintext that would be seen: every leaf but the last is the same.
  const bytes = Buffer.alloc(200_000, 'plaintext ');
  const { description, key } = await ingestEncrypted(await upload(bytes));
  assert.ok(key !== undefined);
  assert.deepEqual([description.encoding, description.size, description.leafCount], ['aes-256-gcm', 200_000, 4]);
  assert.equal(description.sha256, createHash('sha256').update(bytes).digest('hex'));
  const stored = await readFile(room.locate(description.id).content);
  assert.equal(stored.length, bytes.length);
  assert.ok(!stored.includes('plain'));
  const table = await buffer(room.readLeafTable(description.id));
  assert.equal(Buffer.from(rootOf(sha256, table, 'aes-256-gcm')).toString('hex'), description.root);
  const context = Buffer.from(leafContextText(description));
  const entryBytes = HASH_BYTES + TAG_BYTES;
  for (let leaf = 0; leaf < description.leafCount; leaf += 1) {
    const travelling = stored.subarray(leaf * 65536, (leaf + 1) * 65536);
    const entry = table.subarray(leaf * entryBytes, (leaf + 1) * entryBytes);
    assert.deepEqual(entry.subarray(0, HASH_BYTES), Buffer.from(hashLeaf(sha256, travelling)));
    // By the standard's own words, without our cipher.
    const nonce = Buffer.from(leaf.toString(16).padStart(24, '0'), 'hex');
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(context).setAuthTag(entry.subarray(HASH_BYTES));
    const plaintext = Buffer.concat([decipher.update(travelling), decipher.final()]);
    assert.ok(plaintext.equals(bytes.subarray(leaf * 65536, (leaf + 1) * 65536)));
  }
});

test('each encrypted content has a key of its own; the same bytes are not encrypted a second time while they are kept', async () => {
  const bytes = randomBytes(70_000);
  const first = await ingestEncrypted(await upload(bytes));
  const again = await ingestEncrypted(await upload(bytes), [first.description]);
  assert.deepEqual([again.description, again.key], [first.description, undefined]);
  const other = await ingestEncrypted(await upload(randomBytes(70_000)), [first.description]);
  assert.notDeepEqual(other.key, first.key);
  const plain = await ingestPlain(await upload(bytes));
  assert.notEqual(plain.id, first.description.id);
  await room.remove(first.description.id);
  const anew = await ingestEncrypted(await upload(bytes), [first.description]);
  assert.notEqual(anew.description.id, first.description.id);
  assert.ok(anew.key !== undefined && Buffer.compare(anew.key, first.key!) !== 0);
  assert.equal(anew.description.sha256, first.description.sha256);
  assert.deepEqual(await unfinished(), []);
});

test('an upload that cannot be encrypted leaves nothing behind, and stays to be tried again', async (context) => {
  const id = await upload(randomBytes(100));
  const blocked = await FileContentRoom.open(directory);
  const failure = new Error('no answer');
  await assert.rejects(
    blocked.ingest(id, 'aes-256-gcm', () => Promise.reject(failure)),
    failure,
  );
  context.mock.method(blocked, 'freeBytes', () => Promise.resolve(99));
  assert.equal((await ingestEncrypted(id)).description.size, 100);
  const second = await upload(randomBytes(100));
  await assert.rejects(blocked.ingest(second, 'aes-256-gcm', noneStored), fails('no_space'));
  await assert.rejects(ingestEncrypted(second), fails('upload_unknown'));
  assert.deepEqual(await unfinished(), []);
});

async function unfinished(): Promise<string[]> {
  return (await readdir(join(directory, 'contents'))).filter((name) => name.startsWith('.unfinished'));
}

test('the same bytes are stored once, and their uploads are forgotten', async () => {
  const bytes = randomBytes(1000);
  const first = await ingestPlain(await upload(bytes));
  const second = await ingestPlain(await upload(bytes));
  assert.deepEqual(first, second);
  assert.deepEqual(await readdir(join(directory, 'uploads')), []);
  assert.deepEqual(await readFile(room.locate(first.id).content), bytes);
});

test('an empty object is content too, encrypted or not', async () => {
  const { description } = await ingestEncrypted(await upload(new Uint8Array()));
  for (const content of [await ingestPlain(await upload(new Uint8Array())), description]) {
    assert.deepEqual({ size: content.size, leafCount: content.leafCount }, { size: 0, leafCount: 0 });
    assert.deepEqual(await buffer(room.read(content.id, [])), Buffer.alloc(0));
    assert.deepEqual(await buffer(room.readLeafTable(content.id)), Buffer.alloc(0));
  }
});

test('an upload that is unknown, incomplete or a path is refused', async () => {
  await assert.rejects(ingestEncrypted('nothing'), fails('upload_unknown'));
  await assert.rejects(ingestPlain('../contents'), fails('upload_unknown'));
  await assert.rejects(ingestEncrypted(await upload(randomBytes(10), 20)), fails('upload_incomplete'));
});

test('content that is gone is an error by name', async () => {
  const content = await ingestPlain(await upload(randomBytes(10)));
  await room.remove(content.id);
  await assert.rejects(buffer(room.read(content.id, [{ offset: 0, length: 1 }])), fails('missing'));
  await assert.rejects(buffer(room.readLeafTable(content.id)), fails('missing'));
});

test('the sweep removes what nobody claims, but nothing that may still be in the making', async () => {
  const kept = await ingestPlain(await upload(randomBytes(10)));
  const unclaimed = await ingestPlain(await upload(randomBytes(11)));
  const young = await ingestPlain(await upload(randomBytes(12)));
  const stray = join(directory, 'contents', '.unfinished-x');
  await writeFile(stray, 'x');
  const long = new Date(Date.now() - 30 * 86_400_000);
  for (const path of [stray, room.locate(kept.id).content, room.locate(unclaimed.id).content])
    await utimes(path, long, long);
  await room.sweep(new Set([kept.id]), Date.now());
  await readFile(room.locate(kept.id).content);
  await readFile(room.locate(young.id).content);
  await assert.rejects(readFile(room.locate(unclaimed.id).content));
  await assert.rejects(readFile(stray));
});

test('a discarded upload is gone at once, and a path is no upload', async () => {
  const id = await upload(randomBytes(10));
  await room.discardUpload('../contents');
  await room.discardUpload(id.replace('-', ''));
  assert.ok((await readdir(join(directory, 'uploads'))).includes(id));
  await room.uploadStore.create(new Upload({ id: 'abc123', size: 5, offset: 0 }));
  await room.discardUpload('abc123');
  assert.ok(!(await readdir(join(directory, 'uploads'))).some((name) => name.startsWith('abc123')));
});
