/** Uploads, by the client that others wrote (tus-js-client). */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Agent } from 'node:https';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import * as tus from 'tus-js-client';
import { startTestServer, type TestServer } from '../../packages/server/test/test-server.ts';
import { clientOf } from './client-of.ts';

const PIECE_BYTES = 256 * 1024;
const agent = new Agent({ rejectUnauthorized: false, keepAlive: true });
let server: TestServer;

before(async () => {
  server = await startTestServer({ mode: 'unicast' });
});
after(async () => {
  agent.destroy();
  await server[Symbol.asyncDispose]();
});

test('an upload that breaks off goes on where it was, also after the server was restarted', async () => {
  const bytes = randomBytes(9 * PIECE_BYTES + 123);
  const stopped = Promise.withResolvers<void>();
  const begun = begin(bytes, (sent, upload) => {
    if (sent >= 4 * PIECE_BYTES) upload.abort().then(stopped.resolve, stopped.reject);
  });
  await stopped.promise;
  assert.ok(begun.upload.url !== null);
  const uploadUrl = new URL(begun.upload.url, server.admin.url).pathname;
  server = await server.restart();
  const resumedAt: number[] = [];
  const resumed = begin(bytes, (sent) => resumedAt.push(sent), {
    uploadUrl: new URL(uploadUrl, server.admin.url).href,
  });
  await resumed.done;
  assert.ok(resumedAt[0]! >= 4 * PIECE_BYTES, `it began again at ${resumedAt[0]}`);
  const body = { uploadId: uploadUrl.split('/').at(-1) };
  const content = await clientOf(server.admin).call('createContent', { body });
  assert.equal(content.sha256, createHash('sha256').update(bytes).digest('hex'));
});

test('a stream whose length nobody knows before its end is uploaded', async () => {
  const bytes = randomBytes(3 * PIECE_BYTES + 7);
  const stream = begin(Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]), () => undefined, {
    uploadLengthDeferred: true,
  });
  await stream.done;
  const body = { uploadId: stream.upload.url!.split('/').at(-1) };
  const content = await clientOf(server.admin).call('createContent', { body });
  assert.deepEqual([content.size, content.sha256], [bytes.length, createHash('sha256').update(bytes).digest('hex')]);
});

test('the protocol says what it can, when an upload expires, and nothing to pages of other origins', async () => {
  const { admin } = server;
  const options = await admin.send('OPTIONS', '/v1/uploads', { headers: { origin: 'https://elsewhere.example' } });
  assert.equal(options.headers['tus-version'], '1.0.0');
  assert.equal(options.headers['access-control-allow-origin'], undefined);
  const extensions = String(options.headers['tus-extension']).split(',');
  for (const extension of ['creation', 'creation-defer-length', 'expiration', 'termination']) {
    assert.ok(extensions.includes(extension), extension);
  }
  const created = await admin.send('POST', '/v1/uploads', {
    headers: { 'tus-resumable': '1.0.0', 'upload-length': '10' },
  });
  const left = Date.parse(String(created.headers['upload-expires'])) - Date.now();
  assert.ok(left > 6.9 * 86_400_000 && left <= 7 * 86_400_000, `${left} ms`);
  const location = String(created.headers['location']);
  const patch = (offset: number, body: string) =>
    admin.send('PATCH', location, {
      body,
      headers: {
        'tus-resumable': '1.0.0',
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
      },
    });
  assert.equal((await patch(3, 'abc')).statusCode, 409);
  assert.equal((await patch(0, 'abc')).headers['upload-offset'], '3');
  const removed = await admin.send('DELETE', location, { headers: { 'tus-resumable': '1.0.0' } });
  assert.equal(removed.statusCode, 204);
  assert.equal((await patch(3, 'abc')).statusCode, 404);
});

/** `done` when it is complete. */
function begin(
  source: Buffer | Readable,
  onProgress: (sent: number, upload: tus.Upload) => void,
  options: Partial<tus.UploadOptions> = {},
) {
  const done = Promise.withResolvers<void>();
  const upload = new tus.Upload(source, {
    endpoint: new URL('/v1/uploads', server.admin.url).href,
    headers: { authorization: `Bearer ${server.admin.token}` },
    chunkSize: PIECE_BYTES,
    retryDelays: null,
    httpStack: new tus.DefaultHttpStack({ agent }),
    onChunkComplete: (_size, sent) => onProgress(sent, upload),
    onError: done.reject,
    onSuccess: () => done.resolve(),
    ...options,
  });
  upload.start();
  return { upload, done: done.promise };
}
