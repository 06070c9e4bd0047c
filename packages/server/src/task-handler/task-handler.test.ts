import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { operations, type DeliveryState } from '@rollcall/api';
import { AuditedStore } from '../audit/audited-store.ts';
import { AuditLog } from '../audit/audit-log.ts';
import type { Store } from '../core/ports.ts';
import { Presence } from '../core/presence.ts';
import type { OperatorRecord } from '../core/records.ts';
import { DELIVERIES_PER_TRANSACTION, ROWS_PER_TURN } from '../limits.ts';
import { SqliteStore } from '../store/sqlite-store.ts';
import type { CompletionDesk } from '../unicast/completion-desk.ts';
import type { MulticastConductor } from './multicast-conductor.ts';
import { TaskHandler } from './task-handler.ts';

/** Two full pieces and a rest. */
const TARGET_COUNT = 2 * DELIVERIES_PER_TRANSACTION + 100;
const CONTENT_ID = 'f'.repeat(64);
const ADA: OperatorRecord = {
  id: 'o1',
  name: 'ada',
  role: 'operator',
  secretHash: '',
  subject: null,
  scope: null,
  createdAt: 1,
  expiresAt: null,
  lastUsedAt: null,
  lastUsedFrom: null,
};

let folder: string;
let store: SqliteStore;
let begun: string[] = [];

const open = () => SqliteStore.open(path.join(folder, 'test.db'), () => undefined);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-tasks-'));
  store = await open();
  begun = [];
  await store.transact(async (transactor) => {
    const sums = { size: 1, leafSize: 65_536, leafCount: 1, root: CONTENT_ID, sha256: CONTENT_ID };
    const dates = { createdAt: 1, unneededSince: null, removedAt: null };
    await transactor.insertContent({ id: CONTENT_ID, encoding: 'identity', ...sums, ...dates }, undefined, 'o1');
    const never = { lastSeenAt: null, lastCompletionAt: null, warning: null, clockAheadMs: null, isPending: false };
    for (let index = 0; index < TARGET_COUNT; index += 1) {
      const id = `d${String(index).padStart(5, '0')}`;
      await transactor.insertDevice({
        id,
        name: id,
        siteId: 'default',
        labels: {},
        facts: {},
        enrolledAt: 1,
        ...never,
      });
    }
  });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function handlerOf(onStore: Store): TaskHandler {
  const nothing = { abort: () => undefined, noteDelivery: () => undefined, release: () => undefined };
  const begin = (task: { readonly id: string }, purpose: string) => begun.push(`${task.id} ${purpose}`);
  let ids = 0;
  return new TaskHandler({
    store: onStore,
    presence: new Presence(),
    conductor: { ...nothing, begin } as unknown as MulticastConductor,
    desk: nothing as unknown as CompletionDesk,
    wake: () => undefined,
    defaultMode: 'multicast',
    now: () => 1000,
    newId: () => `t${(ids += 1)}`,
  });
}

/** A task for all, cancelled: everything in it may be retried. */
async function cancelledTask(): Promise<string> {
  const tasks = handlerOf(store);
  const { id } = await tasks.create(
    { contentId: CONTENT_ID, target: 'all', action: { kind: 'copy', to: 'x', form: 'file', name: 'x' } },
    ADA,
  );
  await tasks.cancel(id);
  begun = [];
  return id;
}

/** The store, with something that happens before each transaction. */
function before(happens: (count: number) => Promise<void>): Store {
  let count = 0;
  return {
    reader: store.reader,
    transact: async (work) => {
      await happens((count += 1));
      return store.transact(work);
    },
  };
}

async function countsOf(id: string): Promise<Partial<Record<DeliveryState, number>>> {
  const counts = Object.entries((await store.reader.task(id))!.counts).filter(([, count]) => count > 0);
  const rows = await store.reader.deliveryCounts(id);
  assert.deepEqual(
    Object.fromEntries(rows.map(({ state, count }) => [state, count])),
    Object.fromEntries(counts),
    'the counts are those of the rows',
  );
  return Object.fromEntries(counts);
}

/** Turns of the event loop while something goes on. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  let goesOn = true;
  const turn = () => {
    count += 1;
    if (goesOn) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  goesOn = false;
  return count;
}

describe('a task for many devices', () => {
  test('is created, cancelled and retried while timers and sockets have their turn', async () => {
    const tasks = handlerOf(store);
    const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
    const wanted = TARGET_COUNT / ROWS_PER_TURN;
    let id = '';
    const creating = await turnsDuring(async () => {
      ({ id } = await tasks.create({ contentId: CONTENT_ID, target: 'all', action }, ADA));
    });
    const cancelling = await turnsDuring(() => tasks.cancel(id));
    const retrying = await turnsDuring(() => tasks.retry(id, undefined));
    for (const turns of [creating, cancelling, retrying]) assert.ok(turns >= Math.floor(wanted), `${turns} turns`);
    assert.deepEqual(await countsOf(id), { queued: TARGET_COUNT });
  });

  test('is retried in pieces: other changes get in between', async () => {
    const id = await cancelledTask();
    let pieces = 0;
    await handlerOf(
      before(async () => {
        pieces += 1;
      }),
    ).retry(id, undefined);
    assert.equal(pieces, Math.ceil(TARGET_COUNT / DELIVERIES_PER_TRANSACTION));
    assert.deepEqual(begun, [`${id} repeat`]);
    const { last } = await store.reader.eventRange();
    const [event] = await store.reader.eventsAfter(last - 1, 1);
    assert.ok(event?.type === 'task' && event.counts.queued === TARGET_COUNT, 'the last event has the final counts');
  });

  test('whose retry ends with the server between two pieces is open, and what is left may be retried', async () => {
    const id = await cancelledTask();
    const dying = before(async (count) => {
      if (count > 1) throw new Error('killed');
    });
    await assert.rejects(handlerOf(dying).retry(id, undefined), /killed/);
    assert.deepEqual(begun, [], 'no multicast of a part');
    await store.close();
    store = await open();
    const [half] = await store.reader.unendedTasks();
    assert.deepEqual([half?.id, half?.state, half?.phase], [id, 'active', 'announcing'], 'a start takes it up');
    const left = TARGET_COUNT - DELIVERIES_PER_TRANSACTION;
    assert.deepEqual(await countsOf(id), { queued: DELIVERIES_PER_TRANSACTION, cancelled: left });

    const tasks = handlerOf(store);
    await tasks.retry(id, undefined);
    assert.deepEqual(await countsOf(id), { queued: TARGET_COUNT });
    const attempts = new Set((await store.reader.deliveriesOfTask(id)).map(({ attempt }) => attempt));
    assert.deepEqual([...attempts], [2], 'none of them twice');
    assert.deepEqual(begun, [`${id} repeat`]);
    await assert.rejects(tasks.retry(id, undefined), /nothing to retry/);
  });

  test('that is cancelled between two pieces of its retry stays cancelled', async () => {
    const id = await cancelledTask();
    const disturbed = before(async (count) => {
      if (count === 2) await handlerOf(store).cancel(id);
    });
    const { state, phase } = await handlerOf(disturbed).retry(id, undefined);
    assert.deepEqual([state, phase], ['cancelled', 'ended']);
    assert.deepEqual(await countsOf(id), { cancelled: TARGET_COUNT });
    assert.deepEqual(begun, []);
  });

  test('that ends between two pieces of its retry, or whose earlier round does, is open again after the last', async () => {
    const id = await cancelledTask();
    const disturbed = before(async (count) => {
      if (count === 1) return;
      const change = count === 2 ? ({ state: 'completed', phase: 'ended' } as const) : { phase: 'finishing' as const };
      await store.transact((transactor) => transactor.updateTask(id, change, 1000));
    });
    const { state, phase } = await handlerOf(disturbed).retry(id, undefined);
    assert.deepEqual([state, phase], ['active', 'announcing']);
    assert.deepEqual(begun, [`${id} repeat`]);
  });

  test('has one entry in the audit log of its retry, for all the devices', async () => {
    const id = await cancelledTask();
    const audited = new AuditedStore(store);
    const onError = (error: unknown) => assert.fail(String(error));
    const audit = new AuditLog({ store: audited, now: () => 1000, monotonicNow: () => 1000, onError });
    const call = { source: '192.0.2.7', caller: { id: 'o1', name: 'ada' }, params: { id }, body: {} };
    await audit.answering(operations.retryTask, call, () => handlerOf(audited).retry(id, undefined));
    const entries = await store.reader.auditEntries({ afterSequence: 0, limit: 10 });
    assert.deepEqual(
      entries.map(({ operation, outcome, deviceCount }) => [operation, outcome, deviceCount]),
      [['retryTask', 'done', TARGET_COUNT]],
    );
  });
});
