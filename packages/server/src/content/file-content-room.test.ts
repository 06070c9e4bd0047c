import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { hashLeaf, HASH_BYTES } from '@rollcall/api';
import { Upload } from '@tus/server';
import { ContentError } from '../core/ports.ts';
import { FileContentRoom } from './file-content-room.ts';
import { sha256 } from './hash-content.ts';

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

test('content is described by its leaves, its root and its digest, and read back by ranges', async () => {
  const bytes = randomBytes(200_000);
  const content = await room.ingest(await upload(bytes));
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

test('the same bytes are stored once, and their uploads are forgotten', async () => {
  const bytes = randomBytes(1000);
  const first = await room.ingest(await upload(bytes));
  const second = await room.ingest(await upload(bytes));
  assert.deepEqual(first, second);
  assert.deepEqual(await readdir(join(directory, 'uploads')), []);
  assert.deepEqual(await readFile(room.locate(first.id).content), bytes);
});

test('an empty object is content too', async () => {
  const content = await room.ingest(await upload(new Uint8Array()));
  assert.deepEqual({ size: content.size, leafCount: content.leafCount }, { size: 0, leafCount: 0 });
  assert.deepEqual(await buffer(room.read(content.id, [])), Buffer.alloc(0));
});

const fails = (code: ContentError['code']) => (error: unknown) => error instanceof ContentError && error.code === code;

test('an upload that is unknown, incomplete or a path is refused', async () => {
  await assert.rejects(room.ingest('nothing'), fails('upload_unknown'));
  await assert.rejects(room.ingest('../contents'), fails('upload_unknown'));
  await assert.rejects(room.ingest(await upload(randomBytes(10), 20)), fails('upload_incomplete'));
});

test('content that is gone is an error by name', async () => {
  const content = await room.ingest(await upload(randomBytes(10)));
  await room.remove(content.id);
  await assert.rejects(buffer(room.read(content.id, [{ offset: 0, length: 1 }])), fails('missing'));
  await assert.rejects(buffer(room.readLeafTable(content.id)), fails('missing'));
});

test('the sweep removes what nobody claims, but nothing that may still be in the making', async () => {
  const kept = await room.ingest(await upload(randomBytes(10)));
  const unclaimed = await room.ingest(await upload(randomBytes(11)));
  const young = await room.ingest(await upload(randomBytes(12)));
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
