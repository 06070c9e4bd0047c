/** A task from its creation to its end by unicast, over real doors. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { operations } from '@rollcall/api';
import { TestDevice } from './test-device.ts';
import { startTestServer, upload } from './test-server.ts';

test('a task in unicast mode is fetched by its device and ends as succeeded', async () => {
  await using server = await startTestServer({ mode: 'unicast' });
  const { admin } = server;
  const { token, command } = await admin.call(operations.createJoinToken, { body: {} });
  assert.match(command, /^rollcall join https:\/\/127\.0\.0\.1:\d+ --token rcj\./);
  const device = await TestDevice.join(server, token, 'till-1');
  await device.checkIn();
  const bytes = randomBytes(300_000);
  const contentId = await upload(admin, bytes, { encoding: 'identity' });
  const task = await admin.call(operations.createTask, {
    body: { action: { kind: 'copy', to: 'x', form: 'file', name: 'x' }, contentId, target: 'all' },
  });
  assert.equal(task.phase, 'finishing');
  const [decision] = await device.ask();
  assert.equal(decision?.decision, 'fetch');
  const answer = await device.client.send('GET', decision.decision === 'fetch' ? decision.sources[0]!.url : '');
  assert.deepEqual(Buffer.from(await answer.body.arrayBuffer()), bytes);
  assert.equal(await device.report(task.id, 1, 'received', { bytesUnicast: bytes.length }), 'accepted');
  assert.equal(await device.report(task.id, 2, 'succeeded', { bytesUnicast: bytes.length }), 'accepted');
  const details = await admin.call(operations.getTask, { params: { id: task.id } });
  assert.equal(details.state, 'completed');
  assert.equal(details.outcome, 'all');
  assert.equal(details.deliveries[0]!.path, 'unicast');
  assert.equal(details.counts.succeeded, 1);
  assert.equal(details.bytesUnicast, bytes.length);
  await device.close();
});
