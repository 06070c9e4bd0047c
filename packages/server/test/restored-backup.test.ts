/** What docs/OPERATING.md says of a server whose database is of before: what is good again, what is unknown, what never goes back. */
import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { operations } from '@rollcall/api';
import { NONCE, TestDevice } from './test-device.ts';
import { signingRequest, startTestServer, upload } from './test-server.ts';

test('a server restored from a backup takes back removals and renewals, tells devices what to do, and learns anew how deliveries ended', async (t) => {
  let aheadMs = 0;
  const options = { mode: 'unicast', interfaces: ['lo'] } as const;
  const parts = { now: () => Date.now() + aheadMs };
  const first = await startTestServer(options, parts);
  const open: { close(): Promise<void> }[] = [first.server, first.admin];
  t.after(async () => {
    for (const each of open.toReversed()) await each.close();
    await rm(dataDirectory, { recursive: true, force: true });
  });
  const { admin, dataDirectory } = first;
  const { token } = await admin.call(operations.createJoinToken, { body: { uses: 2 } });
  const [stolen, till] = [await TestDevice.join(first, token, 'stolen'), await TestDevice.join(first, token, 'till-1')];
  await till.checkIn();
  const contentId = await upload(admin, Buffer.from('prices'));
  const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
  const { id } = await admin.call(operations.createTask, { body: { action, contentId, target: 'till-1' } });

  const file = path.join(dataDirectory, 'rollcall.db');
  const backup = path.join(dataDirectory, 'backup.db');
  const database = new DatabaseSync(file);
  database.exec(`vacuum into '${backup}'`);
  database.close();

  assert.equal(await till.report(id, 7, 'failed'), 'accepted');
  await admin.call(operations.removeDevice, { params: { id: 'stolen' } });
  aheadMs = 2 * 3_600_000;
  const { certificate } = await till.client.call(operations.renew, {
    body: { certificateSigningRequest: await signingRequest() },
  });
  const { ca: certificateAuthority } = till.tls as { readonly ca: string };
  await Promise.all([till.close(), stolen.close()]);
  for (const each of open.splice(0).toReversed()) await each.close();
  for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
  await copyFile(backup, file);

  const restored = await startTestServer(options, parts, dataDirectory);
  open.push(restored.server, restored.admin);
  const { deviceUrl } = restored.server;
  const [stolenAgain, tillOfThen] = [stolen.at(deviceUrl), till.at(deviceUrl)];
  const renewed = TestDevice.at(deviceUrl, till.id, { certificate, certificateAuthority });
  open.push(stolenAgain, tillOfThen, renewed);
  const statusOf = async ({ client }: TestDevice) =>
    (await client.try(operations.requestCompletion, { body: { held: [], nonce: NONCE } })).status;

  assert.equal(await statusOf(stolenAgain), 200, 'nobody knows that it was removed');
  await restored.admin.call(operations.removeDevice, { params: { id: 'stolen' } });
  assert.equal(await statusOf(stolenAgain), 403, 'until it is removed again');

  const unknown = await renewed.client.try(operations.requestCompletion, { body: { held: [], nonce: NONCE } });
  assert.equal(unknown.status, 401);
  assert.match(JSON.stringify(unknown.body), /restored from a backup.*token create --replace till-1/);

  const [decision] = await tillOfThen.ask();
  assert.ok(decision?.decision === 'fetch' && decision.sequence === 0, 'the row is open again');
  assert.equal(await tillOfThen.report(id, 7, 'failed'), 'accepted', 'and the device says how it ended');
  assert.equal(await tillOfThen.report(id, 6, 'executing'), 'stale', 'after which nothing older counts');
});
