import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RollcallEvent } from '@rollcall/api';
import { DatabaseSync } from 'node:sqlite';
import { countStates, totalOf } from '../core/counts.ts';
import type { DeliveryRecord, DeviceRecord, TaskRecord } from '../core/records.ts';
import { ROWS_PER_TURN } from '../limits.ts';
import { DataLock } from './data-lock.ts';
import { SqliteStore } from './sqlite-store.ts';

let folder: string;
let store: SqliteStore;
const told: RollcallEvent[] = [];

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-store-'));
  store = await SqliteStore.open(path.join(folder, 'test.db'), (events) => told.push(...events));
});
after(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function device(id: string): DeviceRecord {
  return {
    id,
    name: id,
    siteId: 'default',
    labels: {},
    facts: {},
    enrolledAt: 1,
    lastSeenAt: null,
    lastCompletionAt: null,
    warning: null,
    clockAheadMs: null,
    isPending: false,
  };
}

function delivery(taskId: string, deviceId: string): DeliveryRecord {
  return {
    taskId,
    deviceId,
    siteId: 'default',
    nodeId: 1,
    state: 'queued',
    reason: 'offline',
    path: null,
    attempt: 1,
    sequence: 0,
    phase: 0,
    notBefore: null,
    version: null,
    bytesMulticast: 0,
    bytesUnicast: 0,
    lossRatio: null,
    startedAt: null,
    finishedAt: null,
    updatedAt: 1,
    error: null,
  };
}

async function createTask(id: string, deviceIds: readonly string[]): Promise<void> {
  const contentId = 'f'.repeat(64);
  const content = { id: contentId, encoding: 'identity', size: 1, leafSize: 65_536, leafCount: 1 } as const;
  const deliveries = deviceIds.map((deviceId) => delivery(id, deviceId));
  await store.transact(async (transactor) => {
    const dates = { createdAt: 1, unneededSince: null, removedAt: null };
    await transactor.insertContent({ ...content, root: contentId, sha256: contentId, ...dates }, undefined, 'nobody');
    const task: TaskRecord = {
      id,
      kind: 'copy',
      name: id,
      state: 'active',
      phase: 'finishing',
      outcome: null,
      action: { kind: 'copy', to: 'x', form: 'file', name: 'x' },
      contentId,
      target: 'all',
      targetMode: 'snapshot',
      policy: {
        mode: 'unicast',
        weight: 1,
        timeoutSeconds: 1,
        expiresAt: 1,
        startWhen: { share: 1 },
        maxWaitMs: 1,
      },
      createdAt: 1,
      createdBy: 'test',
      scheduledAt: null,
      window: null,
      supersedes: null,
      cancelledAt: null,
      finishedAt: null,
      targetCount: deliveries.length,
      counts: countStates(deliveries.map(({ state }) => state)),
      bytesUnicast: 0,
    };
    await transactor.insertTask(task, deliveries, 1);
  });
}

test('a transaction that fails takes itself back and no other, though they share a commit', async () => {
  const results = await Promise.allSettled([
    store.transact((transactor) => transactor.insertDevice(device('kept-1'))),
    store.transact(async (transactor) => {
      await transactor.insertDevice(device('lost'));
      throw new Error('no');
    }),
    store.transact((transactor) => transactor.insertDevice(device('kept-1'))),
    store.transact((transactor) => transactor.insertDevice(device('kept-2'))),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(
    (await store.reader.devices({ by: 'name', isDescending: false, limit: 10 })).map(({ id }) => id),
    ['kept-1', 'kept-2'],
  );
  const events = await store.reader.eventsAfter(0, 10);
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    [1, 2],
  );
  assert.deepEqual(told, events);
});

test('a transaction that is asked for at the very end of another one is not forgotten', async () => {
  for (let round = 0; round < 200; round += 1) {
    let next: Promise<number> = store.transact(async () => 0);
    // One more turn of the microtask queue each time, past every point at which the writer could have looked away.
    for (let turn = 0; turn < round % 20; turn += 1) next = next.then((value) => value);
    const again = next.then(() => store.transact(async () => 1));
    const done = await Promise.race([again, sleep(5000, undefined, { ref: false })]);
    assert.equal(done, 1, `after ${round % 20} turns`);
  }
});

test('the counts of a task follow its deliveries, and each change has its event in the same transaction', async () => {
  const ids = ['count-1', 'count-2', 'count-3'];
  for (const id of ids) await store.transact((transactor) => transactor.insertDevice(device(id)));
  await createTask('counted', ids);
  const { last } = await store.reader.eventRange();
  const states = ['receiving', 'received', 'succeeded'] as const;
  await Promise.all(
    ids.map((id) =>
      store.transact(async (transactor) => {
        for (const state of states) {
          const row = (await transactor.delivery('counted', id))!;
          await transactor.changeDelivery(row, { ...row, state, reason: null }, 2);
        }
      }),
    ),
  );
  const { counts } = (await store.reader.task('counted'))!;
  assert.equal(counts.succeeded, 3);
  assert.equal(totalOf(counts), 3);
  const events = await store.reader.eventsAfter(last, 100);
  assert.equal(events.length, 9);
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    Array.from({ length: 9 }, (_, index) => last + 1 + index),
  );
  assert.deepEqual(await store.reader.openDeliveriesOfDevice('count-1'), []);
});

test('timers and sockets have their turn while a large task is written, and nobody gets in between', async () => {
  const ids = Array.from({ length: 10 * ROWS_PER_TURN + 1 }, (_, index) => `many-${index}`);
  await store.transact(async (transactor) => {
    for (const id of ids) await transactor.insertDevice(device(id));
  });
  const over = new AbortController();
  const creating = createTask('many', ids).finally(() => over.abort());
  const other = store.transact((transactor) => transactor.deviceIdsOfTask('many', ['queued']));
  const read: unknown[] = [];
  while (!over.signal.aborted) {
    read.push(await store.reader.task('many'));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await creating;
  assert.ok(read.length >= 10, `${read.length} turns`);
  assert.deepEqual(new Set(read.slice(0, 10)), new Set([undefined]), 'who reads sees nothing of it until it is there');
  assert.deepEqual([...(await other)], ids.toSorted(), 'who writes comes after all of it');
  assert.deepEqual(await store.reader.deviceIdsOfTask('many', ['queued']), await other);
  assert.deepEqual(await store.reader.deviceIdsOfTask('many', ['failed']), []);
});

test('the search for what is open for a device does not grow with the table', async () => {
  await createTask('bulk', []);
  const database = new DatabaseSync(path.join(folder, 'test.db'));
  database.exec(`pragma foreign_keys = off;
    insert into deliveries select 'bulk', 'bulk-' || value, 'default', value, 'succeeded', null, 'multicast', 1, 3, 0, null,
      null, 1, 0, null, 1, 1, 1, null
    from (with recursive counter(value) as (select 1 union all select value + 1 from counter where value < 300000)
      select value from counter)`);
  database.close();
  await createTask('small', ['count-1']);
  const begin = performance.now();
  for (let count = 0; count < 20; count += 1) {
    assert.equal((await store.reader.openDeliveriesOfDevice('count-1')).length, 1);
    assert.deepEqual(await store.reader.openDeliveriesOfDevice('bulk-7'), []);
  }
  const each = (performance.now() - begin) / 40;
  // A scan of this table takes some 50 ms.
  assert.ok(each < 10, `${each} ms a search`);
});

test('batches of a channel are numbered without a gap', async () => {
  const numbers = await Promise.all(
    Array.from({ length: 5 }, () => store.transact((transactor) => transactor.nextBatchSequence('orders'))),
  );
  assert.deepEqual(numbers, [1, 2, 3, 4, 5]);
});

test('the lock of a data directory is held once', () => {
  const file = path.join(folder, 'lock');
  const lock = DataLock.take(file);
  assert.equal(DataLock.take(file), undefined);
  lock!.release();
  DataLock.take(file)!.release();
});

test('the key of a content is apart from its record, and goes when its bytes go', async () => {
  const id = 'e'.repeat(64);
  const content = {
    id,
    encoding: 'aes-256-gcm',
    size: 7,
    leafSize: 65_536,
    leafCount: 1,
    root: id,
    sha256: id,
  } as const;
  const record = { ...content, createdAt: 1, unneededSince: null, removedAt: null };
  const key = Uint8Array.from({ length: 32 }, (_, index) => index);
  await store.transact((transactor) => transactor.insertContent(record, key, 'nobody'));
  assert.deepEqual({ ...(await store.reader.content(id)) }, record);
  assert.deepEqual(await store.reader.contentKey(id), key);
  assert.deepEqual(
    (await store.reader.encryptedContentsOfSize(7)).map((one) => one.id),
    [id],
  );
  assert.deepEqual(await store.reader.encryptedContentsOfSize(8), []);

  // Ingested once more: it was there already, with its key.
  await store.transact((transactor) => transactor.insertContent({ ...record, createdAt: 2 }, undefined, 'nobody'));
  assert.deepEqual(await store.reader.contentKey(id), key);

  await store.transact((transactor) => transactor.removeContent(id, 3));
  assert.equal((await store.reader.content(id))?.removedAt, 3);
  assert.equal(await store.reader.contentKey(id), undefined);
  assert.deepEqual(await store.reader.encryptedContentsOfSize(7), []);
});

test('a secret or a key that is no longer needed is in no file of the database', async () => {
  const store = await SqliteStore.open(path.join(folder, 'secrets.db'), () => undefined);
  const [first, second, third] = ['whsec_first-of-them', 'whsec_second-of-them', 'whsec_third-of-them'] as const;
  const webhook = { id: 'w', url: 'https://hooks.example/', events: ['task'], description: '', createdAt: 1 } as const;
  const standing = { enabled: true, disabledReason: null, cursor: 0, failureCount: 0, lastSuccessAt: null };
  const failing = { failingSince: null, lastError: null, createdBy: 'ada' };
  const none = { oldSecret: null, oldSecretUntil: null };
  const held = () => {
    const files = readdirSync(folder).filter((name) => name.startsWith('secrets.db'));
    const bytes = Buffer.concat(files.map((name) => readFileSync(path.join(folder, name))));
    return [first, second, third].filter((secret) => bytes.includes(secret));
  };
  await store.transact((transactor) =>
    transactor.insertWebhook({ ...webhook, ...standing, ...failing }, { secret: first, ...none }),
  );
  assert.deepEqual(held(), [first]);
  const rotated = { secret: second, oldSecret: first, oldSecretUntil: 5 };
  await store.transact((transactor) => transactor.updateWebhookSecrets('w', rotated));
  assert.deepEqual(held(), [first, second]);
  await store.transact((transactor) => transactor.forgetOldWebhookSecrets(5));
  assert.deepEqual(held(), [second], 'its time is over');
  await store.transact((transactor) => transactor.updateWebhookSecrets('w', { secret: third, ...none }));
  assert.deepEqual(held(), [third], 'it was replaced at once');
  await store.transact((transactor) => transactor.deleteWebhook('w'));
  assert.deepEqual(held(), [], 'its webhook was deleted');
  await store.close();
});
