/** Both doors: who gets in, what a wrong request is told, and what devices may do. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { leafEntryBytes, operations, parseToken, PROBLEMS, type ProblemDetails } from '@rollcall/api';
import { startServer } from '../src/index.ts';
import { NONCE, TestDevice } from './test-device.ts';
import { FACTS, signingRequest, startTestServer, TestClient, upload, type TestServer } from './test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer({ mode: 'unicast' });
});
after(() => server[Symbol.asyncDispose]());

const copy = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;

async function joinToken(body: object = {}): Promise<string> {
  return (await server.admin.call(operations.createJoinToken, { body })).token;
}

async function problemOf(answer: Promise<{ status: number; headers: object; body: unknown }>): Promise<ProblemDetails> {
  const { status, headers, body } = await answer;
  const problem = body as ProblemDetails;
  assert.match((headers as Record<string, string>)['content-type']!, /^application\/problem\+json/);
  assert.equal(problem.status, status);
  assert.equal(problem.status, PROBLEMS[problem.code].status);
  return problem;
}

test('keys and the local operator are readable by their owner only', async () => {
  for (const file of ['ca/ca.key', 'local-operator.json']) {
    assert.equal((await stat(path.join(server.dataDirectory, file))).mode & 0o777, 0o600, file);
  }
});

test('a second server on one data directory is refused', async () => {
  await assert.rejects(
    startServer({ dataDirectory: server.dataDirectory, listen: { address: '127.0.0.1', port: 0 } }),
    /another server runs on --data/,
  );
});

test('a port in use is named', async () => {
  const port = Number(new URL(server.server.url).port);
  const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-port-'));
  await assert.rejects(startServer({ dataDirectory: folder, listen: { address: '127.0.0.1', port } }), {
    message: `--listen 127.0.0.1:${port}: the port is in use`,
  });
  await rm(folder, { recursive: true });
});

test('every error is problem details: unknown paths, broken JSON, other types, too much', async () => {
  const { admin } = server;
  const read = async (answer: Awaited<ReturnType<TestClient['send']>>) => ({
    status: answer.statusCode,
    headers: answer.headers,
    body: await answer.body.json(),
  });
  const json = { 'content-type': 'application/json' };
  assert.equal((await problemOf(admin.send('GET', '/v1/nothing').then(read))).code, 'not_found');
  assert.equal((await problemOf(admin.send('GET', '/v1/tasks/%').then(read))).code, 'invalid_request');
  const broken = await problemOf(admin.send('POST', '/v1/tasks', { body: '{"a":', headers: json }).then(read));
  assert.deepEqual([broken.code, broken.detail], ['invalid_request', 'the body is not JSON']);
  const poisoned = admin.send('POST', '/v1/tasks', { body: '{"__proto__":{"a":1}}', headers: json });
  assert.equal((await problemOf(poisoned.then(read))).code, 'invalid_request');
  const text = admin.send('POST', '/v1/tasks', { body: 'x', headers: { 'content-type': 'text/plain' } });
  assert.equal((await problemOf(text.then(read))).code, 'invalid_request');
  const large = admin.send('POST', '/v1/tasks', { body: `"${'x'.repeat(5_000_000)}"`, headers: json });
  assert.equal((await problemOf(large.then(read))).code, 'too_large');
});

test('a request that is not valid is told the field and what is allowed', async () => {
  const body = { action: { ...copy, form: 'zip' }, contentId: 'x', target: 'all' };
  const { detail } = await problemOf(server.admin.try(operations.createTask, { body }));
  assert.match(detail, /action\.form must be one of file, tree/);
  assert.match(detail, /contentId must match pattern/);
  assert.doesNotMatch(detail, /install/);
  const page = await problemOf(server.admin.try(operations.listTasks, { query: { limit: '0' } }));
  assert.match(page.detail, /limit/);
});

test('an update from what is no range of versions is refused before any device hears of it', async () => {
  const rest = { packageKind: 'app', packageName: 'till.tar', keep: 2, allowDowngrade: false } as const;
  const update = { kind: 'update', app: 'till', version: '2.0.0', from: 'foo bar', ...rest } as const;
  const body = { action: update, contentId: '0'.repeat(64), target: 'all' };
  assert.match((await problemOf(server.admin.try(operations.createTask, { body }))).detail, /"foo bar" is no range/);
});

test('operators need a token that is theirs, and a role that is enough', async () => {
  const { admin } = server;
  const none = new TestClient(admin.url);
  assert.equal((await problemOf(none.try(operations.listTasks))).code, 'unauthenticated');
  const { token } = await admin.call(operations.createOperator, { body: { name: 'eve', role: 'viewer' } });
  const viewer = new TestClient(admin.url, token);
  assert.equal((await viewer.call(operations.whoAmI)).name, 'eve');
  assert.equal((await problemOf(viewer.try(operations.createJoinToken, { body: {} }))).code, 'not_allowed');
  assert.equal(
    (await problemOf(admin.try(operations.createOperator, { body: { name: 'eve', role: 'admin' } }))).code,
    'name_taken',
  );
  const other = new TestClient(admin.url, token.replace(/\.[^.]+\.([^.]+)$/, `.${'A'.repeat(43)}.$1`));
  assert.equal((await problemOf(other.try(operations.whoAmI))).code, 'unauthenticated');
  await admin.call(operations.removeOperator, { params: { name: 'eve' } });
  assert.equal((await problemOf(viewer.try(operations.whoAmI))).code, 'unauthenticated');
  await Promise.all([none.close(), viewer.close(), other.close()]);
});

test('a join token is good for its uses and its time, and not once it is revoked', async () => {
  const { admin } = server;
  const token = await joinToken({ uses: 1, labels: { site: 'north' } });
  const device = await TestDevice.join(server, token, 'one-use', undefined, { role: 'till' });
  assert.deepEqual((await admin.call(operations.getDevice, { params: { id: 'one-use' } })).labels, {
    site: 'north',
    role: 'till',
  });
  await assert.rejects(TestDevice.join(server, token, 'two-uses'), /token_used_up.*used up/);
  const revoked = await joinToken();
  const parsed = parseToken(revoked, 'join');
  assert.ok(parsed.ok);
  await admin.call(operations.revokeJoinToken, { params: { id: parsed.value.id } });
  await assert.rejects(TestDevice.join(server, revoked, 'too-late'), /token_used_up.*revoked/);
  const guessed = revoked.replace(parsed.value.secret, 'B'.repeat(43));
  await assert.rejects(TestDevice.join(server, guessed, 'guess'), /token_unknown/);
  await assert.rejects(TestDevice.join(server, await joinToken(), 'one-use'), /name_taken/);
  await device.close();
});

test('a certificate signing request must be one', async () => {
  const body = { token: await joinToken(), name: 'odd', protocol: { min: 1, max: 1 }, facts: FACTS };
  const open = new TestClient(server.admin.url);
  const join = (certificateSigningRequest: string) =>
    problemOf(open.try(operations.join, { body: { ...body, certificateSigningRequest } }));
  assert.match((await join('hello')).detail, /certificateSigningRequest: it is no PKCS #10/);
  const tampered = (await signingRequest()).split('\n');
  tampered[2] = tampered[2]!.split('').toReversed().join('');
  assert.equal((await join(tampered.join('\n'))).code, 'invalid_request');
  await open.close();
});

test('the device door lets in only certificates of its own authority', async () => {
  const foreign = await startTestServer();
  const stranger = await TestDevice.join(
    foreign,
    (await foreign.admin.call(operations.createJoinToken, { body: {} })).token,
    'x',
  );
  for (const tls of [{ rejectUnauthorized: false }, { ...stranger.tls, rejectUnauthorized: false }]) {
    const client = new TestClient(server.server.deviceUrl, undefined, tls);
    await assert.rejects(client.call(operations.requestCompletion, { body: { held: [], nonce: NONCE } }));
    await client.close();
  }
  await stranger.close();
  await foreign[Symbol.asyncDispose]();
});

test('a removed device is told so at its next request, and its open deliveries end', async () => {
  const { admin } = server;
  const device = await TestDevice.join(server, await joinToken(), 'removed-1');
  await device.checkIn();
  const contentId = await upload(admin, Buffer.from('content of the removed'));
  const task = await admin.call(operations.createTask, { body: { action: copy, contentId, target: 'removed-1' } });
  await admin.call(operations.removeDevice, { params: { id: 'removed-1' } });
  const body = { held: [], nonce: NONCE };
  assert.equal((await problemOf(device.client.try(operations.requestCompletion, { body }))).code, 'device_removed');
  const details = await admin.call(operations.getTask, { params: { id: task.id } });
  assert.deepEqual([details.state, details.outcome, details.counts.removed], ['completed', 'none', 1]);
  assert.equal(details.deliveries[0]!.device.name, 'removed-1');
  assert.equal((await admin.try(operations.getDevice, { params: { id: 'removed-1' } })).status, 404);
  await device.close();
});

test('a replaced device keeps id and deliveries; the old key is void', async () => {
  const { admin } = server;
  const old = await TestDevice.join(server, await joinToken(), 'till-7');
  const token = await joinToken({ replaces: 'till-7' });
  const fresh = await TestDevice.join(server, token, 'ignored');
  assert.equal(fresh.id, old.id);
  assert.equal(fresh.name, 'till-7');
  await fresh.checkIn();
  const body = { held: [], nonce: NONCE };
  assert.equal((await problemOf(old.client.try(operations.requestCompletion, { body }))).code, 'device_removed');
  const unknown = await problemOf(admin.try(operations.createJoinToken, { body: { replaces: 'nobody' } }));
  assert.equal(unknown.code, 'not_found');
  await Promise.all([old.close(), fresh.close()]);
});

test('the later of two live processes with one identity is refused, and the device is flagged', async () => {
  const device = await TestDevice.join(server, await joinToken(), 'cloned');
  await device.checkIn();
  const body = { protocol: { min: 1, max: 1 }, instance: 'another', facts: FACTS, clock: 0, nonce: NONCE };
  assert.equal((await problemOf(device.client.try(operations.checkIn, { body }))).code, 'already_connected');
  const seen = await server.admin.call(operations.getDevice, { params: { id: 'cloned' } });
  assert.match(seen.warning!, /second process with this identity/);
  await device.close();
});

test('a device whose clock is wrong is shown as such, until it is right again', async () => {
  const device = await TestDevice.join(server, await joinToken(), 'timeless');
  const warningAt = async (clock: number | undefined) => {
    device.clock = clock;
    await device.checkIn();
    return (await server.admin.call(operations.getDevice, { params: { id: 'timeless' } })).warning;
  };
  assert.equal(await warningAt(undefined), null);
  assert.match((await warningAt(0))!, /^its clock is \d{5} days behind: /);
  assert.match((await warningAt(Date.now() + 3 * 3_600_000))!, /^its clock is 3 hours ahead: /);
  const listed = await server.admin.call(operations.listDevices, { query: { selector: 'timeless' } });
  assert.match(listed.devices[0]!.warning!, /its clock is 3 hours ahead/);
  assert.equal(await warningAt(undefined), null);
  await device.close();
});

test('agents without a protocol version in common are told so', async () => {
  const device = await TestDevice.join(server, await joinToken(), 'future');
  const body = { protocol: { min: 7, max: 9 }, instance: 'i', facts: FACTS, clock: 0, nonce: NONCE };
  assert.equal((await problemOf(device.client.try(operations.checkIn, { body }))).code, 'protocol_unsupported');
  await device.close();
});

test('content is given only under a slot, and the leaf table only to devices of its tasks', async () => {
  const { admin } = server;
  const device = await TestDevice.join(server, await joinToken(), 'curious');
  await device.checkIn();
  const bytes = Buffer.alloc(200_000, 7);
  const contentId = await upload(admin, bytes);
  const params = { contentId };
  assert.equal((await problemOf(device.client.try(operations.getContent, { params }))).code, 'slot_required');
  assert.equal((await problemOf(device.client.try(operations.getLeafTable, { params }))).code, 'not_found');
  await admin.call(operations.createTask, { body: { action: copy, contentId, target: 'curious' } });
  const table = await device.client.send('GET', `/v1/device/contents/${contentId}/leaf-table`);
  assert.equal((await table.body.arrayBuffer()).byteLength, 4 * leafEntryBytes('aes-256-gcm'));
  assert.equal((await device.ask())[0]?.decision, 'fetch');
  const range = await device.client.send('GET', `/v1/device/contents/${contentId}`, {
    headers: { range: 'bytes=199990-' },
  });
  assert.equal(range.statusCode, 206);
  assert.equal(range.headers['content-range'], 'bytes 199990-199999/200000');
  assert.equal((await range.body.arrayBuffer()).byteLength, 10);
  const leaves = (ranges: unknown) => device.client.try(operations.getLeaves, { params, body: { ranges } });
  assert.equal((await problemOf(leaves([[3, 2]]))).code, 'range_not_satisfiable');
  const last = await device.client.send('POST', `/v1/device/contents/${contentId}/leaves`, {
    body: {
      ranges: [
        [0, 1],
        [3, 1],
      ],
    },
  });
  assert.equal((await last.body.arrayBuffer()).byteLength, 65_536 + (200_000 - 3 * 65_536));
  await device.close();
});

test('selectors that are wrong, or match nobody, are told what is wrong', async () => {
  const preview = (target: string) => problemOf(server.admin.try(operations.previewTargets, { body: { target } }));
  assert.equal((await preview('site=')).code, 'no_targets');
  assert.equal((await preview(',')).code, 'invalid_selector');
  assert.match((await preview('nobody-knows-me')).detail, /there is no device "nobody-knows-me"/);
});

test('the API describes itself', async () => {
  const answer = await server.admin.send('GET', '/v1/openapi.json');
  const description = (await answer.body.json()) as { openapi: string; paths: Record<string, object> };
  assert.equal(description.openapi, '3.1.0');
  const described = Object.values(description.paths).flatMap((methods) =>
    Object.values(methods).map((operation: { operationId: string }) => operation.operationId),
  );
  assert.deepEqual(
    Object.keys(operations).filter((id) => !described.includes(id)),
    [],
  );
});
