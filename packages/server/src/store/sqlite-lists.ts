/** Lists, a page at a time: filtered and ordered by the database, each page found by where the one before ended. */
import type { AuditEntry } from '@rollcall/api';
import { sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { AuditPage, DeliveriesPage, DevicesPage, ListedDelivery, PageRequest, TasksPage } from '../core/ports.ts';
import type { DeviceRecord, JoinTokenRecord, TaskRecord } from '../core/records.ts';
import { auditEntryOf, deliveryOf, deviceOf, joinTokenOf, taskOf } from './rows.ts';
import type { Database } from './schema.ts';

export async function devicesPage(db: Kysely<Database>, page: DevicesPage): Promise<readonly DeviceRecord[]> {
  const column = { name: sql.ref('name'), seen: sql`coalesce("lastSeenAt", 0)`, enrolled: sql.ref('enrolledAt') };
  const [conditions, order] = paging(page, column[page.by], sql.ref('id'));
  const rows = await db
    .selectFrom('devices')
    .selectAll()
    .where('removedAt', 'is', null)
    .where((where) => where.and(conditions))
    .orderBy(order)
    .limit(page.limit)
    .execute();
  return rows.map(deviceOf);
}

export async function tasksPage(db: Kysely<Database>, page: TasksPage): Promise<readonly TaskRecord[]> {
  // Ids begin with the time of their creation.
  const column = { created: sql.ref('id'), name: sql.ref('name') };
  const [conditions, order] = paging(page, column[page.by], sql.ref('id'));
  let query = db
    .selectFrom('tasks')
    .selectAll()
    .where((where) => where.and(conditions))
    .orderBy(order)
    .limit(page.limit);
  if (page.state !== undefined) query = query.where('state', 'in', page.state);
  if (page.kind !== undefined) query = query.where('kind', 'in', page.kind);
  if (page.search !== undefined) query = query.where(isIn(page.search, ['name', 'id', 'createdBy']));
  if (page.createdFrom !== undefined) query = query.where('createdAt', '>=', page.createdFrom);
  if (page.createdBefore !== undefined) query = query.where('createdAt', '<', page.createdBefore);
  return (await query.execute()).map(taskOf);
}

export async function deliveriesPage(
  db: Kysely<Database>,
  taskId: string,
  page: DeliveriesPage,
): Promise<readonly ListedDelivery[]> {
  const column = { device: sql.ref('devices.name'), updated: sql.ref('updatedAt') };
  const [conditions, order] = paging(page, column[page.by], sql.ref('deviceId'));
  let query = db
    .selectFrom('deliveries')
    .innerJoin('devices', 'devices.id', 'deliveries.deviceId')
    .selectAll('deliveries')
    .select('devices.name as deviceName')
    .where('taskId', '=', taskId)
    .where((where) => where.and(conditions))
    .orderBy(order)
    .limit(page.limit);
  if (page.state !== undefined) query = query.where('state', 'in', page.state);
  if (page.path !== undefined) query = query.where('path', 'in', page.path);
  if (page.reason !== undefined) query = query.where('reason', '=', page.reason).where('state', '=', 'queued');
  if (page.search !== undefined) query = query.where(isIn(page.search, ['devices.name', 'deviceId']));
  const rows = await query.execute();
  return rows.map(({ deviceName, ...row }) => ({ deviceName, delivery: deliveryOf(row) }));
}

export async function joinTokensPage(
  db: Kysely<Database>,
  page: PageRequest<'created'>,
): Promise<readonly JoinTokenRecord[]> {
  const [conditions, order] = paging(page, sql.ref('createdAt'), sql.ref('id'));
  const rows = await db
    .selectFrom('joinTokens')
    .selectAll()
    .where((where) => where.and(conditions))
    .orderBy(order)
    .limit(page.limit)
    .execute();
  return rows.map(joinTokenOf);
}

export async function auditPage(db: Kysely<Database>, page: AuditPage): Promise<readonly AuditEntry[]> {
  const [conditions, order] = paging(page, sql.ref('sequence'), sql.ref('sequence'));
  const isField = (path: string, value: string) => sql<SqlBool>`json_extract(entry, ${path}) = ${value}`;
  if (page.actor !== undefined) conditions.push(isField('$.actor.name', page.actor));
  if (page.operation !== undefined) conditions.push(isField('$.operation', page.operation));
  if (page.outcome !== undefined) conditions.push(isField('$.outcome', page.outcome));
  if (page.from !== undefined) conditions.push(sql`json_extract(entry, '$.at') >= ${page.from}`);
  if (page.before !== undefined) conditions.push(sql`json_extract(entry, '$.at') < ${page.before}`);
  if (page.subject !== undefined) {
    const { subject } = page;
    conditions.push(
      sql`exists (select 1 from json_each(entry, '$.subjects') as one
        where ${subject} in (json_extract(one.value, '$.id'), json_extract(one.value, '$.name')))`,
    );
  }
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .where((where) => where.and(conditions))
    .orderBy(order)
    .limit(page.limit)
    .execute();
  return rows.map(auditEntryOf);
}

/** Behind the place, and in the order: two rows that are equal by the column are told apart by their ids. */
function paging(
  { isDescending, behind }: Pick<PageRequest<string>, 'isDescending' | 'behind'>,
  column: Expression<unknown>,
  id: Expression<unknown>,
): [conditions: RawBuilder<SqlBool>[], order: RawBuilder<unknown>] {
  const direction = sql.raw(isDescending ? 'desc' : 'asc');
  const order = sql`${column} ${direction}, ${id} ${direction}`;
  if (behind === undefined) return [[], order];
  const side = sql.raw(isDescending ? '<' : '>');
  return [[sql<SqlBool>`(${column}, ${id}) ${side} (${behind.value}, ${behind.id})`], order];
}

/** In one of these columns, in capitals or not (of ASCII, as SQLite's `lower` has it). */
function isIn(search: string, columns: readonly string[]): RawBuilder<SqlBool> {
  const folded = search.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  const found = columns.map((column) => sql`instr(lower(${sql.ref(column)}), ${folded}) > 0`);
  return sql<SqlBool>`(${sql.join(found, sql` or `)})`;
}
