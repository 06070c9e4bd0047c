import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { NodeSqlite } from '../node-sqlite.ts';
import { SqliteStore } from '../sqlite-store.ts';
import { migrations } from './index.ts';

/** The last one before identities had ends, scopes and successors. */
const OLD = '008-idempotency';
const DAY_MS = 86_400_000;

type Row = Readonly<Record<string, unknown>>;

test('a database of before keeps every row of every table, and can be worked with', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-migrations-'));
  const file = path.join(folder, 'rollcall.db');
  const old = new Kysely<unknown>({
    dialect: new SqliteDialect({ database: new NodeSqlite(file, { isReader: false }) }),
  });
  const migrator = new Migrator({ db: old, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error } = await migrator.migrateTo(OLD);
  assert.equal(error, undefined);
  await old.destroy();
  const now = Date.now();
  const database = new DatabaseSync(file);
  database.exec(rowsOf(now));
  const before = tablesOf(database);
  const empty = Object.entries(before).flatMap(([name, rows]) => (rows.length === 0 ? [name] : []));
  assert.deepEqual(empty, [], 'there is something to lose in each table');
  database.close();

  const store = await SqliteStore.open(file, () => undefined);
  const raw = new DatabaseSync(file);
  const after = tablesOf(raw);
  after['meta'] = after['meta']!.filter(({ key }) => key !== 'leftovers');
  assert.deepEqual(raw.prepare('pragma foreign_key_check').all(), []);
  raw.close();
  for (const [name, rows] of Object.entries(before)) {
    const kept = after[name]!.map((row, index) => pick(row, Object.keys(rows[index] ?? {})));
    const expected = name === 'certificates' ? rows.map((row) => ({ ...row, expiresAt: 'sooner' })) : rows;
    assert.deepEqual(name === 'certificates' ? kept.map((row) => ({ ...row, expiresAt: 'sooner' })) : kept, expected);
  }

  const { reader } = store;
  const [operator] = await reader.operators();
  const { scope, expiresAt, lastUsedAt, subject } = operator!;
  assert.deepEqual([operator!.name, scope, expiresAt, lastUsedAt, subject], ['ada', null, null, null, null]);
  const token = await reader.joinToken('j1');
  assert.deepEqual([token?.needsApproval, token?.scope, token?.labels], [false, null, { site: 'north' }]);
  assert.equal((await reader.device('d1'))?.isPending, false);
  const certificate = await reader.certificate('c1');
  assert.deepEqual([certificate?.usedAt, certificate?.supersededAt], [1000, null]);
  // It was given out for ten years.
  assert.ok(Math.abs(certificate!.expiresAt - now - 90 * DAY_MS) < 60_000, String(certificate!.expiresAt));
  assert.equal((await reader.certificate('c0'))?.expiresAt, 5000, 'an end that is over stays');
  assert.equal(await reader.isUploader('content', 'o1'), false, 'nobody knows who uploaded it');
  assert.deepEqual(await reader.taskIdsOfContent('content'), ['t1']);
  await store.transact((transactor) => transactor.noteOperatorUse('o1', 7, '192.0.2.1'));
  assert.equal((await reader.operatorById('o1'))?.lastUsedFrom, '192.0.2.1');
  await store.close();
  await rm(folder, { recursive: true });
});

/** Of all tables but kysely's own, in the order of their rows. */
function tablesOf(database: DatabaseSync): Record<string, Row[]> {
  const names = database
    .prepare(
      `select name from sqlite_schema where type = 'table' and name not like '%sqlite%' and name not like 'kysely%'`,
    )
    .all() as { readonly name: string }[];
  return Object.fromEntries(
    names.map(({ name }) => [
      name,
      database
        .prepare(`select * from "${name}"`)
        .all()
        .map((row) => ({ ...row })),
    ]),
  );
}

function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

function rowsOf(now: number): string {
  return `
    insert into meta values ('instance', '1');
    insert into operators values ('o1', 'ada', 'admin', 'hash', 1000);
    insert into "joinTokens" values ('j1', 'hash', 1000, 'ada', ${now + DAY_MS}, 3, '{"site":"north"}', null, 0);
    insert into devices (id, name, "siteId", labels, facts, "enrolledAt") values ('d1', 'till-1', 'default', '{}', '{}', 1000);
    insert into certificates values ('c1', 'd1', 1000, ${now + 3650 * DAY_MS}, null), ('c0', 'd1', 500, 5000, 900);
    insert into contents values ('content', 'aes-256-gcm', 5, 65536, 1, 'root', 'sha', 1000, null, null);
    insert into "contentKeys" values ('content', x'00ff');
    insert into tasks values ('t1', 'copy', 'a', 'active', 'finishing', null, '{}', 'content', 'all', 'snapshot', '{}', 1000,
      'ada', null, null, null, null, null, 1, '{}', 7);
    insert into deliveries values ('t1', 'd1', 'default', 1, 'queued', 'offline', null, 1, 2, 0, null, null, 3, 4, 0.5, null,
      null, 1000, null);
    insert into attempts values ('t1', 'd1', 1, 'failed', 1, x'01', 1000);
    insert into sessions (id, "taskId", "siteId", mode, state, owner, "leaseUntil", "createdAt", "bytesSent", "repairBytes")
      values ('s1', 't1', 'default', 'multicast', 'ended', 'server', 1, 1, 2, 3);
    insert into "completionSlots" values ('t1', 'd1', 'default', 'content', 'server', 1, 2);
    insert into "batchChannels" values ('orders', 4);
    insert into events (at, "taskId", payload) values (1000, 't1', '{"type":"task"}');
    insert into audit values (1, 'hash', '{"sequence":1,"previousHash":"${'0'.repeat(64)}"}');
    insert into reachability values ('d1', 1000, '{}');
    insert into "idempotencyKeys" values ('k1', 'o1', 'print', 1000, x'02');`;
}
