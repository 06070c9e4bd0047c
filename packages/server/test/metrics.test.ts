/** What `/metrics`, `/healthz` and `/readyz` say, to whom, and after a restart. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { operations } from '@rollcall/api';
import { FakeMulticastRoom } from './fake-multicast-room.ts';
import { TestDevice } from './test-device.ts';
import { startTestServer, TestClient, upload, type TestServer } from './test-server.ts';

type Series = ReadonlyMap<string, number>;

/** Prometheus's text format as a map from `name{labels}` to the value. */
async function scrape({ admin }: TestServer): Promise<Series> {
  const answer = await admin.send('GET', '/metrics');
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers['content-type']), /^text\/plain; version=0\.0\.4/);
  const lines = (await answer.body.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function join(server: TestServer, name: string): Promise<TestDevice> {
  const { token } = await server.admin.call(operations.createJoinToken, { body: {} });
  const device = await TestDevice.join(server, token, name);
  await device.checkIn();
  return device;
}

async function createTask({ admin }: TestServer, contentId: string): Promise<string> {
  const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
  const policy = { maxWaitMs: 20_000 };
  return (await admin.call(operations.createTask, { body: { action, contentId, target: 'all', policy } })).id;
}

test('the tables are counted from commit to commit, and right again after a restart', async () => {
  let server = await startTestServer({ mode: 'unicast' });
  const [one, other] = [await join(server, 'a'), await join(server, 'b')];
  const id = await createTask(server, await upload(server.admin, randomBytes(1000)));
  assert.equal((await one.ask())[0]?.decision, 'fetch');
  let series = await scrape(server);
  assert.equal(series.get('rollcall_deliveries{state="queued",path="none"}'), 2);
  assert.equal(series.get('rollcall_completion_slots_taken'), 1);
  assert.equal(series.get('rollcall_completion_wait_seconds_count'), 1);
  await one.report(id, 1, 'succeeded', { bytesUnicast: 1000, bytesMulticast: 500, lossRatio: 0.03 });
  await other.report(id, 1, 'failed', { error: { code: 'script_failed', message: 'no' } });
  series = await scrape(server);
  const expect = (name: string, value: number) => assert.equal(series.get(`rollcall_${name}`), value, name);
  expect('deliveries{state="queued",path="none"}', 0);
  expect('deliveries{state="succeeded",path="multicast+unicast"}', 1);
  expect('deliveries{state="failed",path="none"}', 1);
  expect('deliveries_ended_total{state="failed",path="none"}', 1);
  expect('received_bytes_total{path="unicast"}', 1000);
  expect('received_bytes_total{path="multicast"}', 500);
  expect('delivery_loss_ratio_bucket{le="0.02"}', 0);
  expect('delivery_loss_ratio_bucket{le="0.05"}', 1);
  expect('tasks{state="completed",phase="ended"}', 1);
  expect('tasks_ended_total{outcome="partial"}', 1);
  expect('devices{presence="online"}', 2);

  server = await server.restart();
  series = await scrape(server);
  expect('deliveries{state="succeeded",path="multicast+unicast"}', 1);
  expect('deliveries{state="failed",path="none"}', 1);
  expect('tasks{state="completed",phase="ended"}', 1);
  // What happened before this process is in no counter of it, so that no rate shows it twice.
  expect('deliveries_ended_total{state="failed",path="none"}', 0);

  await server.admin.call(operations.retryTask, { params: { id }, body: {} });
  series = await scrape(server);
  expect('deliveries{state="queued",path="none"}', 1);
  expect('deliveries{state="failed",path="none"}', 0);
  await server.admin.call(operations.cancelTask, { params: { id } });
  await server.admin.call(operations.deleteTask, { params: { id } });
  series = await scrape(server);
  const rows = [...series].filter(([name]) => name.startsWith('rollcall_deliveries{'));
  assert.equal(
    rows.reduce((sum, [, count]) => sum + count, 0),
    0,
  );
  expect('tasks{state="cancelled",phase="ended"}', 0);
  await Promise.all([one.close(), other.close()]);
  await server[Symbol.asyncDispose]();
});

test('what sessions send is counted, and one that reached nobody is told by its site', async () => {
  const room = new FakeMulticastRoom();
  await using server = await startTestServer({}, { multicast: room });
  const device = await join(server, 'a');
  const id = await createTask(server, await upload(server.admin, randomBytes(1000)));
  let [decision] = await device.ask();
  for (let waited = 0; waited < 30_000 && decision?.decision !== 'join'; waited += 20) {
    await sleep(20);
    [decision] = await device.ask();
  }
  assert.ok(decision?.decision === 'join');
  await device.client.call(operations.sessionReady, { params: { id: decision.session.sessionId } });
  const [session] = room.sessions;
  for (let waited = 0; waited < 30_000 && !session!.isStarted; waited += 20) await sleep(20);
  session!.tell({ bytesSent: 5000, repairBytes: 700, nackCount: 3, unauthenticatedCount: 2 });
  session!.tell({ bytesSent: 9000, repairBytes: 900, nackCount: 4, unauthenticatedCount: 2 });
  let series = await scrape(server);
  const expect = (name: string, value: number) => assert.equal(series.get(`rollcall_${name}`), value, name);
  expect('sent_bytes_total{path="multicast"}', 9000);
  expect('multicast_repair_bytes_total', 900);
  expect('multicast_nacks_total', 4);
  expect('multicast_dropped_datagrams_total{reason="unauthenticated"}', 2);
  expect('multicast_sessions{state="sending"}', 1);
  assert.ok((series.get('rollcall_multicast_rate_bytes_per_second') ?? 0) > 0);
  session!.end();
  for (let waited = 0; waited < 30_000; waited += 50) {
    series = await scrape(server);
    if (series.get('rollcall_multicast_sessions_ended_total{site="default",state="ended"}') === 1) break;
    await sleep(50);
  }
  await device.report(id, 1, 'received', { bytesUnicast: 1000 });
  series = await scrape(server);
  expect('multicast_sessions{state="sending"}', 0);
  expect('multicast_rate_bytes_per_second', 0);
  expect('multicast_blocked_total{site="default"}', 1);
  await device.close();
});

test('requests are counted by operation, whatever paths somebody makes up', async () => {
  await using server = await startTestServer();
  for (const path of ['/v1/tasks/nobody', '/v1/tasks/else', '/nowhere/a', '/nowhere/b', '/v1/whatever']) {
    await (await server.admin.send('GET', path)).body.dump();
  }
  const series = await scrape(server);
  const names = [...series.keys()].filter((name) => name.startsWith('rollcall_http_request_duration_seconds_count'));
  const labels = names.map((name) => /operation="([^"]+)"/.exec(name)?.[1]);
  assert.deepEqual(new Set(labels), new Set(['getTask', 'unknown']));
});

test('metrics want the token of a viewer; whether the server lives and works is told to everybody', async () => {
  await using server = await startTestServer();
  const stranger = new TestClient(server.admin.url);
  const statusOf = async (client: TestClient, path: string) => {
    const answer = await client.send('GET', path);
    return [answer.statusCode, await answer.body.text()] as const;
  };
  assert.equal((await statusOf(stranger, '/metrics'))[0], 401);
  const { token } = await server.admin.call(operations.createOperator, { body: { name: 'prom', role: 'viewer' } });
  const viewer = new TestClient(server.admin.url, token);
  assert.equal((await statusOf(viewer, '/metrics'))[0], 200);
  assert.deepEqual(await statusOf(stranger, '/healthz'), [200, '{"status":"alive"}']);
  const [status, text] = await statusOf(stranger, '/readyz');
  assert.equal(status, 200, text);
  assert.deepEqual(
    (JSON.parse(text) as { checks: { name: string; ok: boolean }[] }).checks.map(({ name, ok }) => [name, ok]),
    [
      ['store', true],
      ['disk', true],
      ['doors', true],
    ],
  );
  await Promise.all([stranger.close(), viewer.close()]);
});
