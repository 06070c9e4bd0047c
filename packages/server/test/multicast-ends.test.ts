/** How multicast rounds and slots end when their task ends or is paused. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { operations, type CreateTaskRequest } from '@rollcall/api';
import { FakeMulticastRoom } from './fake-multicast-room.ts';
import { TestDevice } from './test-device.ts';
import { startTestServer, upload, type TestServer } from './test-server.ts';

async function join(server: TestServer, name: string): Promise<TestDevice> {
  const { token } = await server.admin.call(operations.createJoinToken, { body: {} });
  const device = await TestDevice.join(server, token, name);
  await device.checkIn();
  return device;
}

async function createTask({ admin }: TestServer, contentId: string, policy: CreateTaskRequest['policy'] = {}) {
  const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
  return (await admin.call(operations.createTask, { body: { action, contentId, target: 'all', policy } })).id;
}

test('a task that ends while its round waits for a place stays ended', async () => {
  const room = new FakeMulticastRoom();
  await using server = await startTestServer({}, { multicast: room });
  const device = await join(server, 'a');
  const contentId = await upload(server.admin, randomBytes(1000));
  const tasks: string[] = [];
  for (let count = 0; count < 9; count += 1) tasks.push(await createTask(server, contentId, { maxWaitMs: 60_000 }));
  for (let waited = 0; waited < 5_000 && room.sessions.length < 8; waited += 25) await sleep(25);
  assert.equal(room.sessions.length, 8);
  const last = tasks[8]!;
  await device.report(last, 1, 'succeeded', { isAlreadyPresent: true });
  await server.admin.call(operations.cancelTask, { params: { id: tasks[0]! } });
  await sleep(500);
  const task = await server.admin.call(operations.getTask, { params: { id: last } });
  assert.deepEqual([task.state, task.phase, task.sessions.length], ['completed', 'ended', 0]);
  await device.close();
});

test('a pause takes the slots of those who fetch, and they are told that the task is paused', async () => {
  await using server = await startTestServer({ mode: 'unicast' });
  const device = await join(server, 'a');
  const contentId = await upload(server.admin, randomBytes(1000));
  const id = await createTask(server, contentId);
  const get = async () => {
    const answer = await device.client.send('GET', `/v1/device/contents/${contentId}`);
    await answer.body.dump();
    return answer.statusCode;
  };
  assert.equal((await device.ask())[0]?.decision, 'fetch');
  assert.equal(await get(), 200);
  await server.admin.call(operations.pauseTask, { params: { id } });
  assert.notEqual(await get(), 200);
  const [decision] = await device.ask();
  assert.equal(decision?.decision === 'wait' && decision.reason, 'paused');
  await server.admin.call(operations.resumeTask, { params: { id } });
  assert.equal((await device.ask())[0]?.decision, 'fetch');
  await device.close();
});
