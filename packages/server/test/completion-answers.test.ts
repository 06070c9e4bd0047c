/** What a completion request is answered: slots, times to come again, and what a device has to know beforehand. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { operations, type CompletionAnswer, type CompletionDecision, type CreateTaskRequest } from '@rollcall/api';
import { NONCE, TestDevice } from './test-device.ts';
import { startTestServer, upload, type TestServer } from './test-server.ts';

let server: TestServer;
let contentId: string;

before(async () => {
  server = await startTestServer({ mode: 'unicast', unicastSlots: 1, unicastRateBitsPerSecond: 8_000 });
  contentId = await upload(server.admin, randomBytes(100_000));
});
after(() => server[Symbol.asyncDispose]());

async function join(name: string): Promise<TestDevice> {
  const { token } = await server.admin.call(operations.createJoinToken, { body: {} });
  const device = await TestDevice.join(server, token, name);
  await device.checkIn();
  return device;
}

async function createTask(target: string, weight: number, action: CreateTaskRequest['action'] = COPY): Promise<string> {
  const body = { action, contentId, target, policy: { weight } };
  return (await server.admin.call(operations.createTask, { body })).id;
}

const COPY = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
const BATCH = { kind: 'batch', channel: 'prices', name: 'x' } as const;

function answerTo(device: TestDevice, held: readonly object[] = []): Promise<CompletionAnswer> {
  return device.client.call(operations.requestCompletion, { body: { held: held as never, nonce: NONCE } });
}

function about(decisions: readonly CompletionDecision[], taskId: string): CompletionDecision {
  return decisions.find((decision) => decision.taskId === taskId)!;
}

function manifestIn(decision: CompletionDecision): { sequence?: number; action: { sequence?: number } } | undefined {
  if (!('manifest' in decision) || decision.manifest === undefined) return undefined;
  return JSON.parse(Buffer.from(decision.manifest.payload, 'base64').toString()) as never;
}

test('a device gets a slot for its next task while it carries out another', async () => {
  const device = await join('busy');
  const running = await createTask('busy', 500);
  await device.report(running, 1, 'executing');
  const next = await createTask('busy', 100);
  const held = [{ taskId: running, attempt: 1, contentId, missing: [] }];
  const { decisions } = await answerTo(device, held);
  assert.equal(about(decisions, running).decision, 'execute');
  assert.equal(about(decisions, next).decision, 'fetch');
  await device.report(running, 2, 'succeeded');
  await device.report(next, 1, 'succeeded');
  await device.close();
});

test('a device that has to wait for a slot is sent away for as long with two tasks as with one', async () => {
  const holder = await join('holder');
  const held = await createTask('holder', 100);
  assert.equal(about((await answerTo(holder)).decisions, held).decision, 'fetch');
  const [ahead, device] = [await join('ahead'), await join('patient')];
  const aheadTask = await createTask('ahead', 500);
  const tasks = [await createTask('patient', 100), await createTask('patient', 100)];
  const aheadAnswer = answerTo(ahead);
  // What is before it takes more than a minute.
  const answer = await answerTo(device);
  const decisions = tasks.map((id) => about(answer.decisions, id));
  const seconds = decisions.map((one) => (one.decision === 'wait' ? one.retryAfterSeconds : 0));
  assert.ok(seconds[0]! > 30, String(seconds));
  assert.deepEqual(seconds, [answer.retryAfterSeconds, answer.retryAfterSeconds]);
  for (const id of tasks) await device.report(id, 1, 'succeeded');
  await ahead.report(aheadTask, 1, 'succeeded');
  await aheadAnswer;
  await holder.report(held, 1, 'succeeded');
  await Promise.all([device.close(), ahead.close(), holder.close()]);
});

test('a device that waits for a batch knows it already, so that it begins no later one of the channel', async () => {
  const device = await join('channel');
  const first = await createTask('channel', 100, BATCH);
  const second = await createTask('channel', 100, BATCH);
  const { decisions } = await answerTo(device);
  const told = [first, second].map((id) => about(decisions, id));
  assert.deepEqual(new Set(told.map(({ decision }) => decision)), new Set(['fetch', 'wait']));
  const sequences = told.map((decision) => manifestIn(decision)?.action.sequence);
  assert.deepEqual(sequences, [1, 2]);
  for (const id of [first, second]) await device.report(id, 1, 'succeeded');
  await device.close();
});

test('a device that lost its journal is told how far its reports had come', async () => {
  const device = await join('forgetful');
  const task = await createTask('forgetful', 100);
  await device.report(task, 7, 'receiving');
  const decision = about((await answerTo(device)).decisions, task);
  assert.equal('sequence' in decision && decision.sequence, 7);
  assert.equal(await device.report(task, 8, 'succeeded'), 'accepted');
  await device.close();
});

test('a re-imaged device takes up what its forerunner was receiving, and goes on above its reports', async () => {
  const before = await join('re-imaged');
  const task = await createTask('re-imaged', 100);
  assert.equal(about((await answerTo(before)).decisions, task).decision, 'fetch');
  await before.report(task, 5, 'receiving');
  const { token } = await server.admin.call(operations.createJoinToken, { body: { replaces: 're-imaged' } });
  const device = await TestDevice.join(server, token, 're-imaged');
  assert.equal(device.id, before.id);
  const { deliveries } = await server.admin.call(operations.getTask, { params: { id: task } });
  assert.deepEqual([deliveries[0]!.state, deliveries[0]!.reason], ['queued', 'offline']);
  await device.checkIn();
  const decision = about((await answerTo(device)).decisions, task);
  assert.equal(decision.decision, 'fetch');
  assert.equal('sequence' in decision && decision.sequence, 5);
  assert.equal(await device.report(task, 6, 'succeeded'), 'accepted');
  await Promise.all([before.close(), device.close()]);
});

test('content is made of an upload once, however often that is asked for', async () => {
  const bytes = randomBytes(5000);
  const created = await server.admin.send('POST', '/v1/uploads', {
    headers: { 'tus-resumable': '1.0.0', 'upload-length': String(bytes.length) },
  });
  await created.body.dump();
  const location = created.headers['location'] as string;
  const sent = await server.admin.send('PATCH', location, {
    body: bytes,
    headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
  });
  await sent.body.dump();
  const create = () => server.admin.call(operations.createContent, { body: { uploadId: location.split('/').at(-1) } });
  const answers = await Promise.all([create(), create()]);
  assert.deepEqual([answers[1], await create()], [answers[0], answers[0]]);
});
