/** What is told live: operators' events without gap or repetition, devices' wake-ups, and who is there. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { operations, type RollcallEvent } from '@rollcall/api';
import { TestDevice } from './test-device.ts';
import { startTestServer, TestClient, upload, type TestServer } from './test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer({ mode: 'unicast' });
});
after(() => server[Symbol.asyncDispose]());

interface Heard {
  readonly id: number | undefined;
  readonly name: string;
  readonly data: unknown;
}

/** Reads a stream of events until it is closed. */
async function listen(client: TestClient, target: string, headers: Record<string, string> = {}, isWhole = false) {
  const heard: Heard[] = [];
  const answer = await client.send('GET', target, { headers });
  assert.equal(answer.statusCode, 200);
  let text = '';
  const reading = (async () => {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      text += chunk.toString();
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const fields = new Map(
          block.split('\n').map((line) => [line.split(': ')[0]!, line.slice(line.indexOf(': ') + 2)]),
        );
        const name = fields.get('event');
        // Where it begins is told first on every stream of operators.
        if (name === undefined || (name === 'open' && !isWhole)) continue;
        const id = fields.get('id');
        heard.push({ name, id: id === undefined ? undefined : Number(id), data: JSON.parse(fields.get('data')!) });
      }
    }
  })().catch(() => undefined);
  return {
    heard,
    close: async () => {
      answer.body.destroy();
      await reading;
    },
  };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (condition()) return;
    await sleep(20);
  }
  assert.fail(`it did not come to this: ${what}`);
}

async function join(name: string, at: TestServer = server): Promise<TestDevice> {
  const { token } = await at.admin.call(operations.createJoinToken, { body: {} });
  return TestDevice.join(at, token, name);
}

async function createTask(target: string): Promise<string> {
  const contentId = await upload(server.admin, Buffer.from(`content for ${target}`));
  const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
  return (await server.admin.call(operations.createTask, { body: { action, contentId, target } })).id;
}

test('a reader that comes again with its Last-Event-ID misses nothing and hears nothing twice', async () => {
  const first = await listen(server.admin, '/v1/events?after=0');
  const device = await join('event-1');
  await until(() => first.heard.some(({ name }) => name === 'device'), 'the device is heard of');
  await first.close();
  const taskId = await createTask('event-1');
  await device.ask();
  await device.report(taskId, 1, 'received');
  const last = first.heard.at(-1).id!;
  const second = await listen(server.admin, '/v1/events', { 'last-event-id': String(last) });
  await device.report(taskId, 2, 'succeeded');
  const isEnd = ({ data }: Heard) =>
    (data as RollcallEvent).type === 'task' && (data as { state: string }).state === 'completed';
  await until(() => second.heard.some(isEnd), 'the end of the task is heard');
  await second.close();
  const ids = [...first.heard, ...second.heard].flatMap(({ id }) => (id === undefined ? [] : [id]));
  assert.deepEqual(
    ids,
    Array.from({ length: ids.length }, (_, index) => index + 1),
  );
  const ofTask = await listen(server.admin, `/v1/events?after=0&taskId=${taskId}`);
  const states = () =>
    ofTask.heard
      .filter(({ name }) => name === 'delivery')
      .map(({ data }) => (data as { delivery: { state: string } }).delivery.state);
  await until(() => states().includes('succeeded'), 'the history of the task is told');
  assert.ok(ofTask.heard.every(({ data }) => (data as { taskId: string }).taskId === taskId));
  await ofTask.close();
  await device.close();
});

test('a device is woken when a task is created for it, and is offline soon after its connection is closed', async () => {
  const device = await join('woken-1');
  await device.checkIn();
  const stream = await listen(device.client, `/v1/device/events?instance=${device.instance}`);
  await until(() => stream.heard.some(({ name }) => name === 'beat'), 'a beat');
  const taskId = await createTask('woken-1');
  await until(() => stream.heard.some(({ name }) => name === 'wake'), 'a wake-up');
  assert.equal(await device.report(taskId, 1, 'receiving'), 'accepted');
  await stream.close();
  await device.close();
  const row = async () => (await server.admin.call(operations.getTask, { params: { id: taskId } })).deliveries[0]!;
  let seen = await row();
  for (let waited = 0; waited < 10_000 && seen.reason !== 'offline'; waited += 200) {
    await sleep(200);
    seen = await row();
  }
  assert.deepEqual([seen.state, seen.reason], ['queued', 'offline']);
  assert.equal((await server.admin.call(operations.getDevice, { params: { id: 'woken-1' } })).online, false);
});

test('how far receptions are is told at most once a second, without a number', async () => {
  const device = await join('progress-1');
  await device.checkIn();
  const taskId = await createTask('progress-1');
  const stream = await listen(server.admin, `/v1/events?taskId=${taskId}`);
  const reception = { taskId, attempt: 1, bytesHeld: 5, bytesMulticast: 5, bytesUnicast: 0 };
  await device.client.call(operations.heartbeat, { body: { instance: device.instance, receptions: [reception] } });
  await until(() => stream.heard.some(({ name }) => name === 'progress'), 'progress');
  const { id, data } = stream.heard.find(({ name }) => name === 'progress')!;
  assert.equal(id, undefined);
  assert.deepEqual((data as { devices: unknown }).devices, [{ id: device.id, bytesHeld: 5, size: 22 }]);
  await stream.close();
  await device.close();
});

test('a check-in and a completion request with nothing open write nothing', async () => {
  // A server of its own: the devices of other tests come and go when they are noticed.
  await using own = await startTestServer({ mode: 'unicast' });
  const device = await join('idle-1', own);
  const arrival = await listen(own.admin, '/v1/events?after=0');
  await device.checkIn();
  await until(() => arrival.heard.some(({ data }) => JSON.stringify(data).includes('"online":true')), 'it has arrived');
  await arrival.close();
  const stream = await listen(own.admin, '/v1/events');
  for (let count = 0; count < 5; count += 1) {
    await device.checkIn();
    assert.deepEqual(await device.ask(), []);
    await device.client.call(operations.heartbeat, { body: { instance: device.instance, receptions: [] } });
  }
  await sleep(400);
  assert.deepEqual(stream.heard, []);
  await stream.close();
  await device.close();
});

test('an operator with a scope hears of its devices and their tasks, and of nothing else', async () => {
  const { admin } = server;
  const joinAt = async (site: string) => {
    const { token } = await admin.call(operations.createJoinToken, { body: { labels: { site } } });
    return TestDevice.join(server, token, `${site}-1`);
  };
  const { token } = await admin.call(operations.createOperator, {
    body: { name: 'nora', role: 'viewer', scope: 'site=scoped' },
  });
  const nora = new TestClient(admin.url, token);
  const live = await listen(nora, '/v1/events?after=0');
  const [inside, outside] = [await joinAt('scoped'), await joinAt('elsewhere')];
  const foreign = [await createTask('elsewhere-1'), await createTask('scoped-1,elsewhere-1')];
  const own = await createTask('scoped-1');
  await Promise.all([inside.checkIn(), outside.checkIn()]);
  const tell = async (device: TestDevice, taskId: string) => {
    assert.equal(await device.report(taskId, 1, 'receiving'), 'accepted');
    const reception = { taskId, attempt: 1, bytesHeld: 5, bytesMulticast: 5, bytesUnicast: 0 };
    await device.client.call(operations.heartbeat, { body: { instance: device.instance, receptions: [reception] } });
  };
  for (const taskId of foreign) await tell(outside, taskId);
  await tell(inside, own);
  await until(() => live.heard.some(({ name }) => name === 'progress'), 'the progress of its own task');
  const later = await listen(nora, '/v1/events?after=0');
  const ofForeign = await listen(nora, `/v1/events?after=0&taskId=${foreign[0]}`);
  await admin.call(operations.cancelTask, { params: { id: foreign[0]! } });
  await admin.call(operations.updateDevice, { params: { id: 'scoped-1' }, body: { labels: { last: 'yes' } } });
  const isLast = ({ data }: Heard) => JSON.stringify(data).includes('"last":"yes"');
  for (const { heard } of [live, later]) await until(() => heard.some(isLast), 'the last change');
  for (const { heard } of [live, later]) {
    const text = JSON.stringify(heard);
    for (const known of [inside.id, own]) assert.ok(text.includes(known), known);
    for (const secret of [outside.id, 'elsewhere', ...foreign]) assert.ok(!text.includes(secret), secret);
  }
  assert.deepEqual(ofForeign.heard, []);
  await Promise.all([live.close(), later.close(), ofForeign.close()]);
  await Promise.all([inside.close(), outside.close(), nora.close()]);
});

test('who was away for longer than events are kept is told so, and goes on from there', async () => {
  // A server of its own: events are counted, and the devices of other tests come and go when they are noticed.
  await using own = await startTestServer({ mode: 'unicast' });
  const device = await join('forgotten-1', own);
  const label = (labels: Record<string, string>) =>
    own.admin.call(operations.updateDevice, { params: { id: 'forgotten-1' }, body: { labels } });
  for (const round of ['1', '2', '3', 'last']) await label({ round });
  const all = await listen(own.admin, '/v1/events?after=0');
  await until(() => all.heard.some(({ data }) => JSON.stringify(data).includes('"round":"last"')), 'the events so far');
  await all.close();
  const last = all.heard.at(-1).id!;
  const database = new DatabaseSync(path.join(own.dataDirectory, 'rollcall.db'));
  database.exec(`pragma busy_timeout = 5000; delete from events where sequence <= ${last - 2}`);
  database.close();
  const beginsWith = async (after: number) => {
    const stream = await listen(own.admin, `/v1/events?after=${after}`, {}, true);
    await label({ after: String(after) });
    await until(
      () => stream.heard.some(({ data }) => JSON.stringify(data).includes(`"after":"${after}"`)),
      'the change',
    );
    await stream.close();
    return stream.heard.map(({ name, id }) => [name, id] as const);
  };
  // Of the last one that is gone everything that followed is still there.
  const kept = await beginsWith(last - 2);
  assert.deepEqual([kept[0], ...kept.map(([, id]) => id).slice(1, 3)], [['open', last - 2], last - 1, last]);
  assert.deepEqual((await beginsWith(last - 3))[0], ['reset', last + 1]);
  assert.deepEqual((await beginsWith(last + 1_000))[0], ['reset', last + 2]);
  assert.deepEqual((await beginsWith(last + 3)).length, 2);
  await device.close();
});
