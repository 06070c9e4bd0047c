/** Changes that may be asked for again (Idempotency-Key), and those that hold only for what was seen (If-Match). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { ProblemError } from '@rollcall/client';
import { TestDevice } from '../../packages/server/test/test-device.ts';
import { startTestServer, upload, type TestServer } from '../../packages/server/test/test-server.ts';
import { clientOf } from './client-of.ts';

const copy = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
let server: TestServer;
let contentId: string;
/** Of an operator who stays the same when the server is restarted. */
let token: string;
const clientNow = () => clientOf({ url: server.admin.url, dispatcher: server.admin.dispatcher, token });
/** What the clock of the server is ahead of the real one. */
let ahead = 0;

before(async () => {
  server = await startTestServer({ mode: 'unicast' }, { now: () => Date.now() + ahead });
  ({ token } = await clientOf(server.admin).call('createOperator', { body: { name: 'root', role: 'admin' } }));
  const joinToken = await clientNow().call('createJoinToken', { body: {} });
  await (await TestDevice.join(server, joinToken.token, 'till-1')).close();
  contentId = await upload(server.admin, Buffer.from('content'));
});
after(() => server[Symbol.asyncDispose]());

test('the same request with the same key is carried out once, and answered alike, also after a restart', async () => {
  const idempotencyKey = randomUUID();
  const create = () =>
    clientNow().call('createTask', { body: { action: copy, contentId, target: 'all' } }, { idempotencyKey });
  const first = await create();
  assert.deepEqual(await create(), first);
  server = await server.restart();
  assert.deepEqual(await create(), first);
  assert.equal((await clientNow().list('listTasks')).length, 1);
  const raw = await server.admin.send('POST', '/v1/tasks', {
    body: { target: 'all', contentId, action: copy },
    headers: { 'idempotency-key': idempotencyKey, authorization: `Bearer ${token}` },
  });
  assert.deepEqual([raw.statusCode, raw.headers['idempotency-replayed']], [201, 'true']);
  assert.deepEqual(await raw.body.json(), first);
});

test('requests with one key at the same time are carried out once', async () => {
  const idempotencyKey = randomUUID();
  const body = { name: 'twin', role: 'viewer' } as const;
  const client = clientNow();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => client.call('createOperator', { body }, { idempotencyKey })),
  );
  assert.equal(new Set(answers.map(({ token }) => token)).size, 1);
});

test('a key is of one request: another body, or another operation, is refused', async () => {
  const client = clientNow();
  const idempotencyKey = randomUUID();
  await client.call('createJoinToken', { body: { uses: 2 } }, { idempotencyKey });
  const reused = isProblem('idempotency_key_reused');
  await assert.rejects(client.call('createJoinToken', { body: { uses: 3 } }, { idempotencyKey }), reused);
  const body = { name: 'other', role: 'viewer' } as const;
  await assert.rejects(client.call('createOperator', { body }, { idempotencyKey }), reused);
  // Of another operator it is another key.
  const other = await client.call('createOperator', { body: { name: 'second', role: 'admin' } });
  const second = clientOf({ url: server.admin.url, dispatcher: server.admin.dispatcher, token: other.token });
  await second.call('createJoinToken', { body: { uses: 3 } }, { idempotencyKey });
});

test('a request that failed leaves its key free', async () => {
  const client = clientNow();
  const idempotencyKey = randomUUID();
  const body = { action: copy, contentId, target: 'nobody' };
  await assert.rejects(client.call('createTask', { body }, { idempotencyKey }), isProblem('no_targets'));
  await client.call('createTask', { body: { ...body, target: 'till-1' } }, { idempotencyKey });
});

test('a token that is shown once is in no file of the server, and forgotten with its key after a day', async () => {
  const client = clientNow();
  const idempotencyKey = randomUUID();
  const body = { name: 'shown-once', role: 'viewer' } as const;
  const made = await client.call('createOperator', { body }, { idempotencyKey });
  const secret = made.token.split('.')[2]!;
  const database = new DatabaseSync(path.join(server.dataDirectory, 'rollcall.db'), { readOnly: true });
  const kept = database.prepare('select * from "idempotencyKeys"').all();
  database.close();
  assert.ok(kept.length > 0);
  const texts = kept
    .flatMap((row) => Object.values(row))
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)));
  assert.ok(texts.every((text) => !text.includes(secret) && !text.includes(idempotencyKey)));
  ahead += 25 * 3_600_000;
  await assert.rejects(client.call('createOperator', { body }, { idempotencyKey }), isProblem('name_taken'));
});

test('keys that are too short to be nobody else’s are refused', async () => {
  const refused = isProblem('invalid_request');
  const client = clientNow();
  await assert.rejects(client.call('createJoinToken', { body: {} }, { idempotencyKey: 'short' }), refused);
});

test('a change that is made for what was seen is refused when that has changed', async () => {
  const client = clientNow();
  const { answer: device, etag } = await client.exchange('getDevice', { params: { id: 'till-1' } });
  assert.ok(etag !== undefined);
  const params = { id: device.id };
  const failed = isProblem('precondition_failed');
  const changed = await client.exchange('updateDevice', { params, body: { labels: { a: '1' } } }, { ifMatch: etag });
  assert.notEqual(changed.etag, etag);
  await assert.rejects(client.call('updateDevice', { params, body: { name: 'lost' } }, { ifMatch: etag }), failed);
  await assert.rejects(client.call('removeDevice', { params }, { ifMatch: etag }), failed);
  const again = await client.exchange('getDevice', { params });
  assert.deepEqual([again.answer.name, again.etag], ['till-1', changed.etag]);
  await client.call('updateDevice', { params, body: { name: 'till-1' } }, { ifMatch: '*' });
});

test('a task is steered as it was seen, or not at all', async () => {
  const client = clientNow();
  const { id } = await client.call('createTask', { body: { action: copy, contentId, target: 'till-1' } });
  const params = { id };
  const seen = await client.exchange('getTask', { params });
  const failed = isProblem('precondition_failed');
  const paused = await client.exchange('pauseTask', { params }, { ifMatch: seen.etag! });
  assert.equal(paused.etag, (await client.exchange('getTask', { params })).etag);
  await assert.rejects(client.call('cancelTask', { params }, { ifMatch: seen.etag! }), failed);
  assert.equal((await client.call('getTask', { params })).state, 'paused');
  await client.call('cancelTask', { params }, { ifMatch: `"other", ${paused.etag}` });
  await assert.rejects(client.call('retryTask', { params, body: {} }, { ifMatch: paused.etag! }), failed);
  await assert.rejects(client.call('deleteTask', { params }, { ifMatch: paused.etag! }), failed);
  await client.call('deleteTask', { params });
});

function isProblem(code: string) {
  return (error: unknown) => error instanceof ProblemError && error.problem.code === code;
}
