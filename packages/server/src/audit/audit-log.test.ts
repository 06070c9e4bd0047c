import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { AuditChain, auditLine, isAudited, operations, type AuditEntry, type Operation } from '@rollcall/api';
import type { DeviceRecord } from '../core/records.ts';
import { Problem } from '../core/problem.ts';
import { AUDIT_DETAIL_LENGTH_MAX, AUDIT_REFUSALS_WINDOW_MS, AUDIT_SUBJECTS_MAX } from '../limits.ts';
import { SqliteStore } from '../store/sqlite-store.ts';
import { AuditedStore } from './audited-store.ts';
import { AuditLog, type AuditCall } from './audit-log.ts';

const ADA: AuditCall['caller'] = { id: 'o1', name: 'ada' };

let folder: string;
let database: SqliteStore;
let store: AuditedStore;
let audit: AuditLog;
let now = 1000;
const failures: unknown[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-audit-'));
  database = await SqliteStore.open(path.join(folder, 'test.db'), () => undefined);
  store = new AuditedStore(database);
  audit = new AuditLog({ store, now: () => now, monotonicNow: () => now, onError: (error) => failures.push(error) });
});
afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
  assert.deepEqual(failures, []);
});

/** All entries, and that they are a chain. */
async function entries(): Promise<readonly AuditEntry[]> {
  const all = await store.reader.auditEntries({ afterSequence: 0, limit: 10_000 });
  const chain = new AuditChain((text) => createHash('sha256').update(text).digest('hex'));
  for (const entry of all) assert.deepEqual(chain.accept(auditLine(entry)), { ok: true, value: entry });
  assert.deepEqual({ ...(await store.reader.auditHead()) }, chain.head);
  return all;
}

function call(params: unknown = {}, body: unknown = {}, caller = ADA): AuditCall {
  return { source: '192.0.2.7', caller, params, body };
}

function device(id: string): DeviceRecord {
  const never = { lastSeenAt: null, lastCompletionAt: null, warning: null, clockAheadMs: null, isPending: false };
  return { id, name: `name of ${id}`, siteId: 'default', labels: {}, facts: {}, enrolledAt: 1, ...never };
}

describe('the audit log', () => {
  test('has an entry for whatever operation changes something, also one whose handler forgets about it', async () => {
    const audited = (Object.values(operations) as Operation[]).filter(isAudited);
    assert.ok(audited.length > 10);
    for (const operation of audited) await audit.answering(operation, call(), async () => undefined);
    assert.deepEqual(
      (await entries()).map((entry) => entry.operation),
      audited.map(({ id }) => id),
    );
  });

  test('has none for reading, and none for what devices do all day', async () => {
    for (const operation of [operations.listTasks, operations.checkIn, operations.heartbeat, operations.report]) {
      await audit.answering(operation, call(), async () => undefined);
    }
    assert.deepEqual(await entries(), []);
  });

  test('says who did it from where, to what, in the transaction that did it', async () => {
    await audit.answering(
      operations.updateDevice,
      call({ id: 'd1' }, { labels: { site: 'n' }, other: 1 }),
      async () => {
        await store.transact(async (transactor) => {
          await transactor.insertDevice(device('d1'));
          assert.equal((await transactor.auditHead()).sequence, 0);
        });
        assert.equal((await store.reader.auditHead()).sequence, 1);
        await store.transact((transactor) => transactor.noteCompletion('d1', 5));
      },
    );
    const [entry, ...others] = await entries();
    assert.deepEqual(others, []);
    const { sequence: _, previousHash: __, hash: ___, ...said } = entry!;
    assert.deepEqual(said, {
      at: 1000,
      actor: { kind: 'operator', id: 'o1', name: 'ada' },
      source: '192.0.2.7',
      operation: 'updateDevice',
      outcome: 'done',
      subjects: [{ kind: 'device', id: 'd1', name: 'name of d1' }],
      deviceCount: 1,
      details: { id: 'd1', labels: '{"site":"n"}' },
    });
  });

  test('has no entry of a change that was taken back', async () => {
    const failing = audit.answering(operations.removeDevice, call(), () =>
      store.transact(async (transactor) => {
        await transactor.insertDevice(device('d1'));
        throw new Problem('conflict', 'no');
      }),
    );
    await assert.rejects(failing, /no/);
    assert.deepEqual(await entries(), []);
  });

  test('keeps a change out whose entry cannot be written', async () => {
    const refused = audit.answering(operations.removeDevice, call(), () =>
      store.transact(async (transactor) => {
        await transactor.insertDevice(device('d1'));
        transactor.appendAudit = () => Promise.reject(new Error('disk full'));
      }),
    );
    await assert.rejects(refused, /disk full/);
    assert.equal(await store.reader.device('d1'), undefined);
  });

  test('tells operations apart that run at the same time', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        audit.answering(operations.updateDevice, call({ id: `d${index}` }), () =>
          store.transact((transactor) => transactor.insertDevice(device(`d${index}`))),
        ),
      ),
    );
    const all = await entries();
    assert.equal(all.length, 50);
    for (const { details, subjects } of all) assert.equal(subjects[0]?.id, details['id']);
  });

  test('takes for its actor the device that joins, and for its subjects a bounded number', async () => {
    await audit.answering(operations.join, { ...call({}, { token: 'rcj.secret', name: 'd' }), caller: undefined }, () =>
      store.transact(async (transactor) => {
        for (let index = 0; index < 100; index += 1) await transactor.insertDevice(device(`d${index}`));
      }),
    );
    const [entry] = await entries();
    assert.deepEqual(entry?.actor, { kind: 'device', id: 'd0', name: 'name of d0' });
    assert.equal(entry.subjects.length, AUDIT_SUBJECTS_MAX);
    assert.equal(entry.deviceCount, 100);
    assert.doesNotMatch(JSON.stringify(entry), /secret/);
  });

  test('cuts long details, in whole characters', async () => {
    const long = '\u{1F4A9}'.repeat(10_000);
    await audit.answering(
      operations.createTask,
      call({}, { target: long, action: { name: long } }),
      async () => undefined,
    );
    const [entry] = await entries();
    for (const value of Object.values(entry?.details ?? {})) {
      assert.ok(String(value).length <= AUDIT_DETAIL_LENGTH_MAX);
      assert.ok(String(value).isWellFormed());
    }
  });

  test('counts the refusals of a source, and is not filled by them', async () => {
    const refuse = (source: string) =>
      audit.noteRefusal('createTask', source, new Problem('not_allowed', 'eve is viewer'));
    for (let index = 0; index < 1000; index += 1) refuse('192.0.2.1');
    for (let index = 0; index < 1000; index += 1) refuse(`198.51.100.${index}`);
    audit.noteRefusal('createTask', '192.0.2.9', new Problem('not_found', 'no refusal'));
    now += AUDIT_REFUSALS_WINDOW_MS;
    await audit.flush();
    const all = await entries();
    assert.ok(all.length < 70, String(all.length));
    const [first] = all;
    assert.deepEqual(
      [first?.outcome, first?.source, first?.details],
      ['refused', '192.0.2.1', { code: 'not_allowed', reason: 'eve is viewer' }],
    );
    const further = all.filter(({ operation }) => operation === 'furtherRefusals');
    const told = all.length - further.length + further.reduce((sum, { details }) => sum + Number(details['count']), 0);
    assert.equal(told, 2000);
  });

  test('cannot be changed, shortened or continued elsewhere by SQL', async () => {
    for (let index = 0; index < 3; index += 1) await audit.note('serverStarted');
    const raw = new DatabaseSync(path.join(folder, 'test.db'));
    const entry = `{"sequence":4,"previousHash":"${'0'.repeat(64)}"}`;
    for (const statement of [
      `update audit set entry = '{}' where sequence = 2`,
      `delete from audit where sequence = 3`,
      `insert or replace into audit values (3, '', '{}')`,
      `insert into audit values (9, '', '${entry}')`,
      `insert into audit values (4, '', '${entry}')`,
      `insert into audit values (4, '', '{}')`,
    ]) {
      assert.throws(() => raw.exec(statement), /audit log/, statement);
    }
    raw.close();
    assert.equal((await entries()).length, 3);
  });
});
