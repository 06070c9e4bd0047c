/** What becomes of a webhook's rows when something else happens to it at the same moment, and as time goes by. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Store, StoreTransactor } from '../src/core/ports.ts';
import type { WebhookRecord } from '../src/core/records.ts';
import { WEBHOOK_ATTEMPTS_MAX } from '../src/limits.ts';
import { Timekeeper, type TimekeeperPorts } from '../src/timekeeper.ts';
import { attemptMessage } from '../src/webhooks/attempt-message.ts';
import { WebhookSender } from '../src/webhooks/webhook-sender.ts';
import { Webhooks } from '../src/webhooks/webhooks.ts';
import { waitUntil } from '../../../test/support/wait-until.ts';
import { TestReceiver } from './test-receiver.ts';
import { WebhookStore } from './webhook-store.ts';

const FAR = 'https://hooks.example/';
const TIMEOUT = { timeout: 30_000 };
const unstopped = new AbortController().signal;

/** A receiver that says no, after something else has happened. */
async function refusing(status: number, meanwhile: () => Promise<unknown>): Promise<TestReceiver> {
  const receiver = await TestReceiver.start();
  receiver.answer = (response) => void meanwhile().then(() => response.writeHead(status).end());
  return receiver;
}

test('a failure at an address that was changed meanwhile says nothing of the new one', TIMEOUT, async () => {
  await using rows = await WebhookStore.open();
  const { store } = rows;
  let id = '';
  await using receiver = await refusing(410, () => change(store, id, { url: FAR }));
  const webhook = await rows.addWebhook(receiver.url, 'device');
  ({ id } = webhook);
  const message = await rows.addMessage(id);
  await attemptMessage(rows.ports(), webhook, message, unstopped);
  assert.deepEqual(await store.reader.webhook(id), { ...webhook, url: FAR }, 'it is not disabled');
  assert.deepEqual({ ...(await store.reader.webhookMessage(message.id)) }, message, 'and goes there at once');
});

test('a failure while it was paused leaves it paused', TIMEOUT, async () => {
  await using rows = await WebhookStore.open();
  const { store } = rows;
  let id = '';
  const paused = { enabled: false, disabledReason: 'paused by ada' };
  await using receiver = await refusing(500, () => change(store, id, paused));
  const webhook = await rows.addWebhook(receiver.url, 'device');
  ({ id } = webhook);
  await attemptMessage(rows.ports(), webhook, await rows.addMessage(id), unstopped);
  assert.deepEqual(await store.reader.webhook(id), { ...webhook, ...paused, lastError: 'answered 500' });
});

test('a message that is sent again while it is on its way has all attempts ahead of it', TIMEOUT, async () => {
  await using rows = await WebhookStore.open();
  const { store } = rows;
  let messageId = '';
  const again = { attemptCount: 0, nextAttemptAt: 1 };
  await using receiver = await refusing(500, () =>
    store.transact((transactor) => transactor.updateWebhookMessage(messageId, again)),
  );
  const webhook = await rows.addWebhook(receiver.url, 'device');
  const message = await rows.addMessage(webhook.id, { attemptCount: WEBHOOK_ATTEMPTS_MAX - 1 });
  messageId = message.id;
  await attemptMessage(rows.ports(), webhook, message, unstopped);
  const after = await store.reader.webhookMessage(messageId);
  assert.deepEqual([after?.state, after?.attemptCount], ['waiting', 1]);
});

test('what was taken but could not be written down comes again under the same id', TIMEOUT, async () => {
  await using rows = await WebhookStore.open();
  await using receiver = await TestReceiver.start();
  const webhook = await rows.addWebhook(receiver.url, 'device');
  const message = await rows.addMessage(webhook.id);
  let failures = 0;
  const full = before(rows.store, async () => {
    failures += 1;
    if (failures === 1) throw new Error('disk full');
  });
  const sender = new WebhookSender(rows.ports(full), webhook.id);
  await receiver.until(2);
  await waitUntil(
    'it is written',
    () => rows.store.reader.webhookMessage(message.id),
    (one) => one?.state === 'delivered',
    5_000,
    10,
  );
  await sender.close();
  assert.deepEqual(
    receiver.received.map(({ id }) => id),
    [message.id, message.id],
  );
  assert.match(String(rows.errors), /disk full/);
});

test('one that is deleted while its events are read is deleted', TIMEOUT, async () => {
  await using rows = await WebhookStore.open();
  const { id } = await rows.addWebhook(FAR, 'device');
  await rows.addDevices(1);
  const deleted = Promise.withResolvers<void>();
  const late = before(rows.store, async (transactor) => {
    await transactor.deleteWebhook(id);
    deleted.resolve();
  });
  const sender = new WebhookSender(rows.ports(late), id);
  await deleted.promise;
  await sender.close();
  assert.deepEqual(rows.errors, []);
});

test('a change that comes behind a deletion begins nothing', TIMEOUT, async () => {
  await using rows = await WebhookStore.open();
  const { id } = await rows.addWebhook(FAR, 'device');
  const webhooks = new Webhooks(rows.ports());
  await webhooks.start();
  await webhooks.onDeleted(id);
  const looked = mock.method(rows.store.reader, 'webhook');
  webhooks.onChanged(id);
  await webhooks.close();
  assert.equal(looked.mock.callCount(), 0);
});

test(
  'events that nobody wanted are not missed when they are forgotten and the server starts anew',
  TIMEOUT,
  async () => {
    await using rows = await WebhookStore.open();
    const { id } = await rows.addWebhook(FAR, 'task');
    await rows.addDevices(3);
    const { last } = await rows.store.reader.eventRange();
    const first = new WebhookSender(rows.ports(), id);
    await waitUntil(
      'its place is written',
      () => rows.store.reader.webhook(id),
      (one) => one?.cursor === last,
      5_000,
      10,
    );
    await first.close();
    await rows.forgetEvents();
    await rows.addDevices(1);
    const second = new WebhookSender(rows.ports(), id);
    await waitUntil(
      'it looks',
      () => rows.store.reader.webhook(id),
      (one) => one?.cursor === last + 1,
      5_000,
      10,
    );
    await second.close();
    assert.deepEqual(await rows.store.reader.webhookMessages(id, { limit: 10 }), []);
  },
);

test('what was given up stays in the log however much is taken after it', TIMEOUT, async () => {
  await using rows = await WebhookStore.open();
  const { id } = await rows.addWebhook(FAR, 'device');
  const states = ['failed', 'failed', 'failed', 'delivered', 'waiting', 'delivered', 'delivered'] as const;
  for (const state of states) await rows.addMessage(id, { state });
  await rows.store.transact((transactor) => transactor.keepLastWebhookMessages(id, 2));
  const kept = await rows.store.reader.webhookMessages(id, { limit: 10 });
  assert.deepEqual(
    kept.map(({ state }) => state),
    ['delivered', 'delivered', 'waiting', 'failed', 'failed'],
  );
});

test('a secret that was replaced is forgotten when it is over', TIMEOUT, async () => {
  await using rows = await WebhookStore.open();
  const { store } = rows;
  const { id } = await rows.addWebhook(FAR, 'device');
  const secrets = { secret: 'whsec_BBBB', oldSecret: 'whsec_AAAA', oldSecretUntil: 1_000_000 };
  await store.transact((transactor) => transactor.updateWebhookSecrets(id, secrets));
  mock.timers.enable({ apis: ['setInterval'] });
  let now = 999_999;
  const idle = async (): Promise<void> => undefined;
  const ports = {
    store,
    now: () => now,
    onError: (error: unknown) => rows.errors.push(error),
    audit: { flush: idle },
    checkpoints: { tell: idle },
    contentKeeper: { sweep: idle },
    doorCertificates: { renewIfDue: idle },
    signIns: { forgetEnded: idle },
    tasks: { expire: idle },
  };
  const timekeeper = new Timekeeper(ports as unknown as TimekeeperPorts);
  try {
    mock.timers.tick(60_000);
    // Its transaction is before this one.
    await store.transact(async () => undefined);
    assert.deepEqual({ ...(await store.reader.webhookSecrets(id)) }, secrets, 'not before');
    await new Promise((resolve) => setImmediate(resolve));
    now += 1;
    mock.timers.tick(60_000);
    await store.transact(async () => undefined);
  } finally {
    timekeeper.close();
    mock.timers.reset();
  }
  const after = { secret: 'whsec_BBBB', oldSecret: null, oldSecretUntil: null };
  assert.deepEqual({ ...(await store.reader.webhookSecrets(id)) }, after);
  assert.deepEqual(rows.errors, []);
});

function change(store: Store, id: string, changed: Partial<WebhookRecord>): Promise<void> {
  return store.transact((transactor) => transactor.updateWebhook(id, changed));
}

/** The store, where something comes before each transaction. */
function before(store: Store, happens: (transactor: StoreTransactor) => Promise<void>): Store {
  return {
    reader: store.reader,
    transact: async (work) => {
      await store.transact(happens);
      return store.transact(work);
    },
  };
}
