/** A task by multicast from the server's side, with the sender's twin in memory: rules, ends, failures and restarts. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { operations, pathOf, type CompletionDecision, type CreateTaskRequest } from '@rollcall/api';
import { FakeMulticastRoom, type FakeMulticastSession } from './fake-multicast-room.ts';
import { TestDevice } from './test-device.ts';
import { startTestServer, upload, type TestServer } from './test-server.ts';

let room: FakeMulticastRoom;
let server: TestServer;
let devices: TestDevice[];
let contentId: string;
let bytes: Buffer;

const SIZE = 20_000_000;
const LEAVES = Math.ceil(SIZE / 65_536);

beforeEach(async () => {
  room = new FakeMulticastRoom();
  server = await startTestServer({}, { multicast: room });
  const { token } = await server.admin.call(operations.createJoinToken, { body: { uses: 3 } });
  devices = [];
  for (const name of ['a', 'b', 'c']) devices.push(await TestDevice.join(server, token, name));
  bytes = randomBytes(SIZE);
  contentId = await upload(server.admin, bytes);
});

afterEach(async () => {
  await Promise.all(devices.map((device) => device.close()));
  await server[Symbol.asyncDispose]();
});

async function createTask(policy: NonNullable<CreateTaskRequest['policy']> = {}): Promise<string> {
  const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
  const body = { action, contentId, target: 'all', policy: { maxWaitMs: 1500, ...policy } };
  return (await server.admin.call(operations.createTask, { body })).id;
}

async function show(id: string) {
  return server.admin.call(operations.getTask, { params: { id } });
}

async function until<T>(read: () => Promise<T> | T, isIt: (value: T) => boolean, what: string): Promise<T> {
  for (let waited = 0; waited < 15_000; waited += 25) {
    const value = await read();
    if (isIt(value)) return value;
    await sleep(25);
  }
  assert.fail(`it did not come to this: ${what}`);
}

/** The decision that a device ends up with, asking as it is told to. */
async function decisionOf(device: TestDevice, wanted: CompletionDecision['decision'], held: object[] = []) {
  const ask = async () => (await device.ask(held))[0];
  const decision = await until(ask, (one) => one?.decision === wanted, `${device.name} is told to ${wanted}`);
  return decision!;
}

async function joinSession(device: TestDevice): Promise<Extract<CompletionDecision, { decision: 'join' }>> {
  const decision = await decisionOf(device, 'join');
  assert.ok(decision.decision === 'join');
  await device.client.call(operations.sessionReady, { params: { id: decision.session.sessionId } });
  return decision;
}

/** What a server would find that starts now. */
function sentOnDisk(): number {
  const database = new DatabaseSync(join(server.dataDirectory, 'rollcall.db'), { readOnly: true });
  try {
    return Number(database.prepare('select sum("bytesSent") as sent from sessions').get()?.['sent']);
  } finally {
    database.close();
  }
}

async function startedSession(index = 0): Promise<FakeMulticastSession> {
  const session = await until(
    () => room.sessions[index],
    (one) => one?.isStarted === true,
    'the session sends',
  );
  return session!;
}

test('devices join, the session starts when all that are online listen, and ends when they have everything', async () => {
  const [a, b] = devices as [TestDevice, TestDevice];
  await Promise.all([a.checkIn(), b.checkIn()]);
  const id = await createTask();
  const joined = await joinSession(a);
  assert.equal(joined.session.group.address, '239.255.77.1');
  assert.deepEqual(
    joined.session.objects.map(({ toi, role }) => [toi, role]),
    [
      [1, 'leaf-table'],
      [2, 'content'],
    ],
  );
  assert.equal(room.sessions[0]!.isStarted, false);
  const other = await joinSession(b);
  assert.notEqual(other.session.nodeId, joined.session.nodeId);
  const session = await startedSession();
  assert.equal((await show(id)).phase, 'multicasting');
  // The third is off, and may come while it lasts; nobody else can.
  assert.equal(session.plan.groupSize, 3);
  for (const device of [a, b]) {
    assert.equal(await device.report(id, 1, 'receiving'), 'accepted');
    assert.equal(await device.report(id, 2, 'received', { bytesMulticast: SIZE }), 'accepted');
  }
  session.tell({ isAllSent: true });
  const task = await until(
    () => show(id),
    ({ phase }) => phase === 'finishing',
    'the session is over',
  );
  assert.deepEqual(
    [task.sessions[0]!.state, task.sessions[0]!.bytesSent, task.sessions[0]!.error],
    ['ended', 1000, null],
  );
  for (const device of [a, b]) await device.report(id, 3, 'succeeded', { bytesMulticast: SIZE });
  const held = { taskId: id, attempt: 1, contentId, missing: [[0, LEAVES]] };
  const [c] = devices.slice(2) as [TestDevice];
  await c.checkIn();
  assert.equal((await decisionOf(c, 'fetch', [held])).decision, 'fetch');
  await c.report(id, 1, 'succeeded', { bytesUnicast: SIZE });
  const ended = await show(id);
  assert.deepEqual([ended.state, ended.outcome, ended.phase], ['completed', 'all', 'ended']);
  assert.deepEqual(
    ended.deliveries.map(({ path }) => path),
    ['multicast', 'multicast', 'unicast'],
  );
});

test('when nothing of the multicast arrives, all are finished by unicast and the session says why', async () => {
  const [a, b] = devices as [TestDevice, TestDevice];
  await Promise.all([a.checkIn(), b.checkIn()]);
  const id = await createTask();
  await Promise.all([joinSession(a), joinSession(b)]);
  const session = await startedSession();
  session.tell({ isAllSent: true, isFlushed: true });
  await until(
    () => show(id),
    ({ phase }) => phase === 'finishing',
    'the session is over',
  );
  for (const device of [a, b]) {
    await decisionOf(device, 'fetch', [{ taskId: id, attempt: 1, contentId }]);
    await device.report(id, 1, 'succeeded', { bytesUnicast: SIZE });
  }
  const task = await until(
    () => show(id),
    ({ sessions }) => sessions[0]!.error !== null,
    'the reason',
  );
  assert.match(task.sessions[0]!.error!, /no device received the multicast: it may be blocked/);
});

test('a device that the multicast does not reach is finished by unicast, and the session names it', async () => {
  const [a, b] = devices as [TestDevice, TestDevice];
  await Promise.all([a.checkIn(), b.checkIn()]);
  const id = await createTask();
  await Promise.all([joinSession(a), joinSession(b)]);
  const session = await startedSession();
  await a.report(id, 1, 'succeeded', { bytesMulticast: SIZE });
  session.tell({ isAllSent: true, isFlushed: true });
  await until(
    () => show(id),
    ({ phase }) => phase === 'finishing',
    'the session is over',
  );
  await decisionOf(b, 'fetch', [{ taskId: id, attempt: 1, contentId }]);
  const task = await until(
    () => show(id),
    ({ sessions }) => sessions[0]!.handedOver.length > 0,
    'it is named',
  );
  assert.deepEqual(
    task.sessions[0]!.handedOver.map(({ deviceId, reason }) => [deviceId, reason]),
    [[b.id, 'unreached']],
  );
  assert.equal(task.sessions[0]!.error, null);
});

test('a network that cannot multicast leaves the task to unicast, and says why', async () => {
  room.refusal = 'the interface eth9 has no IPv4 address';
  await devices[0]!.checkIn();
  const id = await createTask();
  const task = await until(
    () => show(id),
    ({ phase }) => phase === 'finishing',
    'finishing',
  );
  assert.deepEqual(
    [task.sessions[0]!.state, task.sessions[0]!.error],
    ['failed', 'the interface eth9 has no IPv4 address'],
  );
  await decisionOf(devices[0]!, 'fetch');
});

test('nobody there: nothing is sent, and who comes later gets it by unicast', async () => {
  const id = await createTask();
  const task = await until(
    () => show(id),
    ({ phase }) => phase === 'finishing',
    'finishing',
  );
  assert.match(task.sessions[0]!.error!, /no device that wants the content was listening/);
  assert.equal(room.sessions[0]!.isStarted, false);
  assert.deepEqual(new Set(task.deliveries.map(({ reason }) => reason)), new Set(['offline']));
});

test('a pause stops the sender, a cancel ends what is not being applied and stops the session', async () => {
  const [a, b] = devices as [TestDevice, TestDevice];
  await Promise.all([a.checkIn(), b.checkIn()]);
  const id = await createTask();
  await Promise.all([joinSession(a), joinSession(b)]);
  const session = await startedSession();
  await server.admin.call(operations.pauseTask, { params: { id } });
  assert.equal(session.isPaused, true);
  await server.admin.call(operations.resumeTask, { params: { id } });
  assert.equal(session.isPaused, false);
  await a.report(id, 1, 'executing');
  const cancelled = await server.admin.call(operations.cancelTask, { params: { id } });
  assert.deepEqual([cancelled.state, cancelled.counts.cancelled, cancelled.counts.executing], ['cancelled', 2, 1]);
  assert.equal((await session.closed).error, undefined);
  assert.equal((await a.ask())[0]?.decision, 'cancelled');
  assert.equal((await b.ask([{ taskId: id, attempt: 1, contentId }]))[0]?.decision, 'cancelled');
  // During the application the true result wins.
  assert.equal(await a.report(id, 2, 'succeeded', { bytesMulticast: SIZE }), 'accepted');
  const ended = await show(id);
  assert.deepEqual([ended.state, ended.phase, ended.outcome], ['cancelled', 'ended', 'partial']);
  const retried = await server.admin.call(operations.retryTask, { params: { id }, body: {} });
  assert.deepEqual([retried.state, retried.counts.queued, retried.counts.succeeded], ['active', 2, 1]);
  await server.admin.call(operations.cancelTask, { params: { id } });
  await server.admin.call(operations.deleteTask, { params: { id } });
  assert.equal((await server.admin.try(operations.getTask, { params: { id } })).status, 404);
});

test('a retry is multicast again, also while the session of before still closes', async () => {
  const [a, b] = devices as [TestDevice, TestDevice];
  await Promise.all([a.checkIn(), b.checkIn()]);
  const id = await createTask();
  await Promise.all([joinSession(a), joinSession(b)]);
  const before = await startedSession();
  before.isSlowToClose = true;
  await server.admin.call(operations.cancelTask, { params: { id } });
  await server.admin.call(operations.retryTask, { params: { id }, body: {} });
  before.close();
  const joined = await Promise.all([joinSession(a), joinSession(b)]);
  const again = await startedSession(1);
  for (const { session } of joined) assert.equal(session.sessionId, again.plan.sessionId);
});

test('a retry while the first multicast is announced makes no second one', async () => {
  const [a, b, c] = devices as [TestDevice, TestDevice, TestDevice];
  await Promise.all([a.checkIn(), b.checkIn(), c.checkIn()]);
  const id = await createTask({ startWhen: { count: 3 } });
  await Promise.all([joinSession(a), joinSession(b)]);
  await c.report(id, 1, 'failed');
  await server.admin.call(operations.retryTask, { params: { id }, body: {} });
  const session = await startedSession();
  session.tell({ isAllSent: true, isFlushed: true });
  // Both lack everything, which is worth a repeat to one who asks.
  await Promise.all([decisionOf(a, 'fetch'), decisionOf(b, 'fetch')]);
  assert.equal(room.sessions.length, 1);
});

test('a server that was killed in mid-session asks what is missing and sends only that, as another sender', async () => {
  const [a, b] = devices as [TestDevice, TestDevice];
  await Promise.all([a.checkIn(), b.checkIn()]);
  const id = await createTask();
  await Promise.all([joinSession(a), joinSession(b)]);
  const first = await startedSession();
  for (const device of [a, b]) await device.report(id, 1, 'receiving');
  first.tell({ bytesSent: 4_000, repairBytes: 20 });
  await until(sentOnDisk, (sent) => sent === 4_000, 'what was sent is written down while it is sent');
  first.tell({ bytesSent: 5_000, repairBytes: 30 });
  server = await server.restart();
  assert.equal(sentOnDisk(), 5_000, 'and at a stop all of it');
  const again = [a, b].map((device) => device.at(server.server.deviceUrl));
  devices.push(...again);
  await Promise.all(again.map((device) => device.checkIn()));
  const missing = [[100, LEAVES - 100]];
  const held = [{ taskId: id, attempt: 1, contentId, missing }];
  for (const device of again) assert.equal((await device.ask(held))[0]?.decision, 'wait');
  for (const device of again) {
    const decision = await decisionOf(device, 'join', held);
    assert.ok(decision.decision === 'join');
    await device.client.call(operations.sessionReady, { params: { id: decision.session.sessionId } });
  }
  const second = await startedSession(1);
  assert.notDeepEqual(second.plan.sender, first.plan.sender);
  assert.deepEqual(second.plan.objects[1]!.ranges, [{ offset: 100 * 65_536, length: SIZE - 100 * 65_536 }]);
  second.tell({ isAllSent: true });
  for (const device of again) await device.report(id, 2, 'succeeded', { bytesMulticast: SIZE });
  const task = await until(
    () => show(id),
    ({ sessions }) => sessions[1]?.endedAt !== null,
    'both sessions are over',
  );
  assert.deepEqual(
    task.sessions.map(({ state }) => state),
    ['failed', 'ended'],
  );
  assert.match(task.sessions[0]!.error!, /the server stopped in the middle/);
  assert.deepEqual([task.sessions[0]?.bytesSent, task.sessions[0]?.repairBytes], [5_000, 30]);
  assert.equal(task.counts.succeeded, 2);
});

test('of a leaf that came wrong a listener is told the pieces, so many times; then it is left to unicast', async () => {
  // The hashes are of what travels: as it is here, so that they are easily told.
  contentId = await upload(server.admin, bytes, { encoding: 'identity' });
  const [a, b] = devices as [TestDevice, TestDevice];
  await Promise.all([a.checkIn(), b.checkIn()]);
  const id = await createTask();
  const { session } = await joinSession(a);
  await joinSession(b);
  await startedSession();
  const { sessionId, symbolSize } = session;
  const piecesOf = async (device: TestDevice, leaf: number) => {
    const path = pathOf(operations.getLeafPieces, { contentId, leaf: String(leaf) });
    const { statusCode, body } = await device.client.send('GET', `${path}?sessionId=${sessionId}`);
    return { status: statusCode, body: Buffer.from(await body.arrayBuffer()) };
  };
  const answer = await piecesOf(a, 1);
  assert.equal(answer.status, 200);
  const hashes = answer.body;
  // Leaf 1 is bytes 65,536 to 131,071; the first and the last symbol that touch it are cut by its ends.
  const first = Math.floor(65_536 / symbolSize);
  assert.equal(hashes.length, 32 * (Math.ceil(131_072 / symbolSize) - first));
  const sha256 = (from: number, to: number) => createHash('sha256').update(bytes.subarray(from, to)).digest();
  assert.deepEqual(hashes.subarray(0, 32), sha256(65_536, (first + 1) * symbolSize));
  assert.deepEqual(hashes.subarray(32, 64), sha256((first + 1) * symbolSize, (first + 2) * symbolSize));
  assert.deepEqual(hashes.subarray(-32), sha256(Math.floor(131_071 / symbolSize) * symbolSize, 131_072));

  assert.equal((await piecesOf(a, LEAVES)).status, 416);
  assert.equal((await piecesOf(devices[2]!, 1)).status, 409, 'whoever does not listen has nothing to ask');
  for (let count = 2; count <= 16; count += 1) assert.equal((await piecesOf(a, count)).status, 200);
  assert.equal((await piecesOf(a, 17)).status, 409);
  assert.equal((await piecesOf(b, 17)).status, 200, 'each is counted by itself');
  assert.equal((await a.ask())[0]?.decision, 'wait', 'it does not join again');
  room.sessions[0]!.end();
  const done = await until(
    () => show(id),
    (task) => task.sessions[0]?.endedAt !== null,
    'the session is over',
  );
  assert.deepEqual(
    done.sessions[0]!.handedOver.map(({ deviceId, reason }) => [deviceId, reason]),
    [[a.id, 'poisoned']],
  );
  assert.match(done.sessions[0]!.error ?? '', /sent wrong content as this server/);
});
