/** From joining to renewal, and the ends of tokens, against the doors themselves, by a clock that the tests set. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { operations, type BodyOf, type ProblemDetails } from '@rollcall/api';
import { NONCE, TestDevice } from './test-device.ts';
import { signingRequest, startTestServer, TestClient, upload, type TestServer } from './test-server.ts';

const HOUR_MS = 3_600_000;
const copy = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;

let aheadMs = 0;
let server: TestServer;
before(async () => {
  server = await startTestServer({ mode: 'unicast' }, { now: () => Date.now() + aheadMs });
});
after(() => server[Symbol.asyncDispose]());

async function join(name: string, body: BodyOf<typeof operations.createJoinToken> = {}): Promise<TestDevice> {
  const { token } = await server.admin.call(operations.createJoinToken, { body });
  return TestDevice.join(server, token, name);
}

/** What a device's completion request is answered with, where it is refused. */
async function refusalOf({ client }: TestDevice): Promise<ProblemDetails> {
  const { status, body } = await client.try(operations.requestCompletion, { body: { held: [], nonce: NONCE } });
  assert.ok(status >= 400, String(status));
  return body;
}

test('a device that waits for approval gets nothing; approved it gets its tasks, rejected it is gone', async () => {
  const { admin } = server;
  const guest = await join('guest-1', { needsApproval: true });
  const other = await join('guest-2', { needsApproval: true });
  const shown = await admin.call(operations.getDevice, { params: { id: 'guest-1' } });
  assert.deepEqual([shown.pending, shown.online], [true, false]);
  const waiting = await refusalOf(guest);
  assert.equal(waiting.code, 'device_pending');
  assert.match(waiting.detail, /rollcall device approve guest-1/);
  const contentId = await upload(admin, Buffer.from('for guests'));
  const create = () =>
    admin.try(operations.createTask, { body: { action: copy, contentId, target: 'guest-1', name: 'for the guest' } });
  assert.equal((await create()).status, 422);

  const approved = await admin.call(operations.approveDevice, { params: { id: 'guest-1' } });
  assert.equal(approved.pending, false);
  await guest.checkIn();
  assert.equal((await create()).status, 201);
  assert.deepEqual(
    (await guest.ask()).map(({ decision }) => decision),
    ['fetch'],
  );
  assert.equal((await admin.try(operations.rejectDevice, { params: { id: 'guest-1' } })).status, 409, 'not any more');

  assert.equal((await refusalOf(other)).code, 'device_pending', 'the one says nothing of the other');
  await admin.call(operations.rejectDevice, { params: { id: 'guest-2' } });
  assert.equal((await refusalOf(other)).code, 'device_removed');
  assert.equal((await admin.try(operations.approveDevice, { params: { id: 'guest-2' } })).status, 404);
  await Promise.all([guest.close(), other.close()]);
});

test('a renewed certificate supersedes the one before when it is first used; one that never arrived is void', async () => {
  const old = await join('till-1');
  await old.ask();
  aheadMs += 61 * 24 * HOUR_MS;
  const renew = async () => {
    const body = { certificateSigningRequest: await signingRequest() };
    const { certificate } = await old.client.call(operations.renew, { body });
    const { ca: certificateAuthority } = old.tls as { readonly ca: string };
    return TestDevice.at(old.client.url, old.id, { certificate, certificateAuthority });
  };
  const lost = await renew();
  const renewed = await renew();
  const unknown = await refusalOf(lost);
  assert.equal(unknown.code, 'unauthenticated');
  assert.match(unknown.detail, /join again with a token of "rollcall token create --replace till-1"/);
  assert.deepEqual(await old.ask(), [], 'good until the device has shown that it has the new one');
  assert.deepEqual(await renewed.ask(), []);
  const superseded = await refusalOf(old);
  assert.equal(superseded.code, 'certificate_void');
  assert.match(superseded.detail, /a newer certificate of this device is in use/);
  const body = { certificateSigningRequest: await signingRequest() };
  assert.equal((await old.client.try(operations.renew, { body })).status, 403, 'nor can the copy renew itself');
  assert.deepEqual(await renewed.ask(), []);
  await Promise.all([old.close(), lost.close(), renewed.close()]);
});

test('a join token and an operator token end by themselves', async () => {
  const { admin } = server;
  const { token: joinToken } = await admin.call(operations.createJoinToken, { body: { ttlSeconds: 3600, uses: 2 } });
  const { token, operator } = await admin.call(operations.createOperator, {
    body: { name: 'temp', role: 'viewer', ttlSeconds: 3600 },
  });
  const temp = new TestClient(admin.url, token);
  aheadMs += HOUR_MS - 60_000;
  await (await TestDevice.join(server, joinToken, 'in-time')).close();
  assert.equal((await temp.call(operations.whoAmI)).expiresAt, operator.expiresAt);
  aheadMs += 60_000;
  await assert.rejects(TestDevice.join(server, joinToken, 'too-late'), /token_used_up.*the token expired at /);
  const { status, body } = await temp.try(operations.whoAmI);
  assert.deepEqual([status, (body as ProblemDetails).code], [401, 'unauthenticated']);
  await temp.close();
});

test('when and from where a token was last used is shown', async () => {
  const { admin } = server;
  const { token, operator } = await admin.call(operations.createOperator, { body: { name: 'uma', role: 'viewer' } });
  assert.deepEqual([operator.lastUsedAt, operator.lastUsedFrom], [null, null]);
  const client = new TestClient(admin.url, token);
  const begunAt = Date.now() + aheadMs;
  await client.call(operations.whoAmI);
  await client.close();
  const used = async () => (await admin.call(operations.listOperators)).operators.find(({ name }) => name === 'uma');
  let shown = await used();
  // Written a moment after the answer.
  for (let tries = 0; shown?.lastUsedAt == null && tries < 100; tries += 1) {
    await sleep(20);
    shown = await used();
  }
  assert.equal(shown?.lastUsedFrom, '127.0.0.1');
  assert.ok(shown.lastUsedAt! >= begunAt && shown.lastUsedAt! <= Date.now() + aheadMs);
});
