/** Webhooks, with receivers that are away, slow, wrong or gone: what is sent to whom, how often, and who may say so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditEntry, isOf, operations, type WebhookEvent, type WebhookMessage } from '@rollcall/api';
import { waitUntil } from '../../../test/support/wait-until.ts';
import { TestDevice } from './test-device.ts';
import { OK, TestReceiver } from './test-receiver.ts';
import { startTestServer, TestClient, type TestServer } from './test-server.ts';

const LOOPBACK = { mode: 'unicast', webhookAllow: ['127.0.0.1'] } as const;
const TIMEOUT = { timeout: 60_000 };
const start = (patience = { retryMs: 20, timeoutMs: 1_000 }): Promise<TestServer> =>
  startTestServer(LOOPBACK, { webhookPatience: patience });

async function addWebhook({ admin }: TestServer, receiver: TestReceiver, ...events: WebhookEvent[]): Promise<string> {
  const made = await admin.call(operations.createWebhook, { body: { url: receiver.url, events } });
  receiver.secret = made.secret;
  return made.webhook.id;
}

async function join(server: TestServer, name: string): Promise<void> {
  const { token } = await server.admin.call(operations.createJoinToken, { body: {} });
  await (await TestDevice.join(server, token, name)).close();
}

async function logOf({ admin }: TestServer, id: string, state?: string): Promise<WebhookMessage[]> {
  const query = state === undefined ? {} : { state };
  return (await admin.call(operations.listWebhookMessages, { params: { id }, query })).messages;
}

const untilLog = (server: TestServer, id: string, what: string, isIt: (log: WebhookMessage[]) => boolean) =>
  waitUntil(what, () => logOf(server, id), isIt, 20_000, 20);

test(
  'a receiver that answers 503, then nothing, then a redirect gets each event in the end, over a restart',
  TIMEOUT,
  async () => {
    let server = await start();
    await using receiver = await TestReceiver.start();
    await using elsewhere = await TestReceiver.start();
    const id = await addWebhook(server, receiver, 'device.joined');
    receiver.answer = (response, { data }, count) => {
      if (nameIn(data) !== 'a' || count >= 3) return OK(response, receiver.received[0]!, count);
      if (count === 0) response.writeHead(503, { 'retry-after': '0' }).end('busy');
      else if (count === 2) response.writeHead(307, { location: elsewhere.url }).end();
      // The second one waits in vain.
    };
    await join(server, 'a');
    await join(server, 'b');
    const before = await untilLog(server, id, 'three attempts', (log) => log.some((one) => one.attemptCount === 3));
    const failed = before.find(({ attemptCount }) => attemptCount === 3);
    assert.deepEqual([failed?.state, failed?.status], ['waiting', 307]);
    assert.match(failed?.error ?? '', /redirects are not followed/);
    server = await server.restart();
    try {
      await join(server, 'c');
      await receiver.until(6);
      const log = await untilLog(server, id, 'all taken', (all) => all.every(({ state }) => state === 'delivered'));
      assert.deepEqual(
        log.map(({ attemptCount, status, answer, nextAttemptAt }) => [attemptCount, status, answer, nextAttemptAt]),
        [
          [1, 200, 'ok', null],
          [1, 200, 'ok', null],
          [4, 200, 'ok', null],
        ],
      );
      const byName = (name: string) => receiver.received.filter(({ data }) => nameIn(data) === name);
      assert.deepEqual(
        ['a', 'b', 'c'].map((name) => byName(name).length),
        [4, 1, 1],
      );
      assert.equal(new Set(byName('a').map((one) => one.id)).size, 1, 'each attempt has the same id');
      assert.equal(new Set(receiver.received.map((one) => one.id)).size, 3);
      assert.ok(receiver.received.every(({ isGenuine }) => isGenuine));
      assert.deepEqual(elsewhere.received, []);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  },
);

test('neither a slow receiver nor a message that nobody takes holds up the others', TIMEOUT, async () => {
  await using server = await start({ retryMs: 20, timeoutMs: 30_000 });
  await using slow = await TestReceiver.start();
  await using picky = await TestReceiver.start();
  slow.answer = () => undefined;
  picky.answer = (response, { data }) => void response.writeHead(nameIn(data) === 'a' ? 500 : 204).end();
  await addWebhook(server, slow, 'device');
  const id = await addWebhook(server, picky, 'device.joined');
  for (const name of ['a', 'b', 'c', 'd']) await join(server, name);
  const log = await untilLog(
    server,
    id,
    'three taken',
    (all) => all.filter((one) => one.state === 'delivered').length === 3,
  );
  const [first] = log.toReversed();
  assert.deepEqual([first?.state, first?.status], ['waiting', 500]);
  await slow.until(1);
});

test('the secret is shown once; lists, the audit log and other roles have none of it', TIMEOUT, async () => {
  await using server = await start();
  const { admin } = server;
  const body = { url: 'https://hooks.example/rollcall?key=1', events: ['task', 'task'], description: 'chat' } as const;
  const made = await admin.call(operations.createWebhook, { body: { ...body, events: [...body.events] } });
  const { id } = made.webhook;
  assert.deepEqual([made.webhook.events, made.webhook.enabled, made.webhook.createdBy], [['task'], true, 'local']);
  const rotated = await admin.call(operations.rotateWebhookSecret, { params: { id }, body: {} });
  const seen = JSON.stringify([
    await admin.call(operations.listWebhooks),
    await admin.call(operations.getWebhook, { params: { id } }),
    await admin.call(operations.listAudit),
  ]);
  assert.ok(!seen.includes('whsec_') && made.secret.startsWith('whsec_') && rotated.secret.startsWith('whsec_'));
  assert.ok(seen.includes('"operation":"createWebhook"') && seen.includes('"operation":"rotateWebhookSecret"'));
  const { token } = await admin.call(operations.createOperator, { body: { name: 'o', role: 'operator' } });
  const operator = new TestClient(admin.url, token);
  assert.equal((await operator.try(operations.listWebhooks)).status, 403);
  await operator.close();
});

test(
  'what happens while it is paused is sent when it goes on; a change is made for what was seen',
  TIMEOUT,
  async () => {
    await using server = await start();
    const { admin } = server;
    await using receiver = await TestReceiver.start();
    const id = await addWebhook(server, receiver, 'device.joined');
    const params = { id };
    const { headers } = await admin.try(operations.getWebhook, { params });
    const paused = await admin.call(operations.updateWebhook, { params, body: { enabled: false } });
    assert.deepEqual([paused.enabled, paused.disabledReason], [false, 'paused by local']);
    const stale = await admin.send('PATCH', `/v1/webhooks/${id}`, {
      body: { events: ['task'] },
      headers: { 'if-match': String(headers['etag']) },
    });
    assert.equal(stale.statusCode, 412, await stale.body.text());
    await join(server, 'a');
    const tried = await admin.call(operations.testWebhook, { params });
    assert.deepEqual(
      [tried.type, tried.state, tried.status, receiver.types],
      ['webhook.test', 'delivered', 200, ['webhook.test']],
    );
    await admin.call(operations.updateWebhook, { params, body: { enabled: true } });
    await receiver.until(2);
    assert.deepEqual(receiver.types, ['webhook.test', 'device.joined']);
    await untilLog(server, id, 'it is written down', (log) => log[0]?.state === 'delivered');

    await admin.call(operations.rotateWebhookSecret, { params, body: { oldSecretSeconds: 60 } });
    const [message] = await logOf(server, id, 'delivered');
    const again = await admin.call(operations.redeliverWebhookMessage, { params: { id, message: message!.id } });
    assert.deepEqual([again.state, again.id], ['waiting', message!.id]);
    await receiver.until(3);
    const last = receiver.received.at(-1);
    assert.deepEqual([last?.id, last?.signatures.length, last?.isGenuine], [message!.id, 2, true], 'by the old secret');

    await admin.call(operations.deleteWebhook, { params });
    for (const operation of [operations.getWebhook, operations.listWebhookMessages, operations.testWebhook]) {
      assert.equal((await admin.try(operation, { params })).status, 404, operation.id);
    }
  },
);

test(
  'a receiver that is gone is sent nothing more, and the reason is in the webhook and in the audit log',
  TIMEOUT,
  async () => {
    await using server = await start();
    const { admin } = server;
    await using receiver = await TestReceiver.start();
    receiver.answer = (response) => void response.writeHead(410).end();
    const id = await addWebhook(server, receiver, 'device.joined');
    const params = { id };
    await join(server, 'a');
    const look = () => admin.call(operations.getWebhook, { params });
    const gone = await waitUntil('it is disabled', look, ({ enabled }) => !enabled, 20_000, 20);
    assert.match(gone.disabledReason ?? '', /410/);
    assert.deepEqual([gone.waitingCount, gone.lastError], [1, 'answered 410']);
    receiver.answer = OK;
    await admin.call(operations.testWebhook, { params });
    const tested = await look();
    assert.deepEqual(
      [tested.enabled, tested.failingSince],
      [false, gone.failingSince],
      'that a test is taken changes nothing',
    );
    const entries = () => admin.call(operations.listAudit, { query: { operation: 'webhookDisabled' } });
    const noted = await waitUntil('an entry', entries, (all) => all.entries.length > 0, 20_000, 20);
    assert.deepEqual([noted.entries[0]?.actor.kind, noted.entries[0]?.details['id']], ['server', id]);
    const metrics = await (await admin.send('GET', '/metrics')).body.text();
    assert.match(metrics, /rollcall_webhooks\{state="failing"\} 1/);
    assert.match(metrics, /rollcall_webhook_messages_waiting 1/);
    assert.match(metrics, /rollcall_webhook_attempt_duration_seconds_count\{outcome="failed"\} 1/);
    await admin.call(operations.updateWebhook, { params, body: { enabled: true } });
    await untilLog(server, id, 'it is taken after all', (log) => log.every(({ state }) => state === 'delivered'));
    assert.equal(receiver.received.length, 3);
  },
);

test('another address begins anew: how the one before has failed is not counted', TIMEOUT, async () => {
  await using server = await start();
  const { admin } = server;
  await using receiver = await TestReceiver.start();
  receiver.answer = (response) => void response.writeHead(500).end();
  const id = await addWebhook(server, receiver, 'device.joined');
  const params = { id };
  await join(server, 'a');
  const look = () => admin.call(operations.getWebhook, { params });
  await waitUntil('it fails', look, ({ failingSince }) => failingSince !== null, 20_000, 20);
  const url = `${receiver.url}?${'x'.repeat(1_000)}`;
  const { failingSince, lastError } = await admin.call(operations.updateWebhook, { params, body: { url } });
  assert.deepEqual([failingSince, lastError], [null, null]);
  const { entries } = await admin.call(operations.listAudit, { query: { operation: 'updateWebhook' } });
  assert.ok(isOf(AuditEntry, entries[0]), 'and an address that is longer than an entry takes is cut in it');
});

test('of an answer that never ends, the beginning is kept, and the message is taken', TIMEOUT, async () => {
  await using server = await start({ retryMs: 20, timeoutMs: 30_000 });
  await using receiver = await TestReceiver.start();
  const id = await addWebhook(server, receiver, 'task');
  receiver.answer = (response) => {
    response.writeHead(200);
    const more = setInterval(() => response.write(`\u001b[2J${'é'.repeat(4000)}`), 1);
    response.on('close', () => clearInterval(more));
  };
  const { state, answer } = await server.admin.call(operations.testWebhook, { params: { id } });
  assert.equal(state, 'delivered');
  assert.match(answer ?? '', /^\ufffd\[2Jé{500,}/);
  assert.ok((answer ?? '').length <= 1024);
});

test('webhooks do not go into the network of the server, unless it was told so', TIMEOUT, async () => {
  await using server = await startTestServer({ mode: 'unicast' });
  await using receiver = await TestReceiver.start();
  const events = ['task'];
  for (const url of [receiver.url, 'https://10.0.0.1/', 'https://localhost/', 'http://hooks.example']) {
    const { status, body } = await server.admin.try(operations.createWebhook, { body: { url, events } });
    if (url === 'http://hooks.example') assert.equal(status, 201, 'who that is shows at each attempt');
    else assert.deepEqual([status, (body as { code: string }).code], [422, 'webhook_refused'], url);
  }
  assert.deepEqual(receiver.received, []);
});

function nameIn(data: Readonly<Record<string, never>>): string {
  return (data as { readonly device?: { readonly name: string } }).device?.name ?? '';
}
