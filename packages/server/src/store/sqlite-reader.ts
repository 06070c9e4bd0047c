/** Reads of the store. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  AUDIT_BEGIN,
  type AuditEntry,
  type AuditHead,
  type DeliveryState,
  type Reachability,
  type RollcallEvent,
} from '@rollcall/api';
import { sql, type Kysely } from 'kysely';
import type { DeliveryCount } from '../core/counted-change.ts';
import type {
  AuditPage,
  DeliveriesPage,
  DeviceDeliveriesPage,
  DevicesPage,
  ListedDelivery,
  PageRequest,
  StoreReader,
  TaskTraffic,
  TasksPage,
} from '../core/ports.ts';
import type {
  AttemptRecord,
  CertificateRecord,
  ContentRecord,
  DeliveryRecord,
  DeviceRecord,
  IdempotencyKeyRecord,
  JoinTokenRecord,
  OperatorRecord,
  SessionRecord,
  SignInLinkRecord,
  SignInRecord,
  SlotRecord,
  TaskRecord,
  WebhookMessageRecord,
  WebhookRecord,
  WebhookSecrets,
} from '../core/records.ts';
import type { ScopeSubject } from '../core/scope.ts';
import type { WebhookMessagesPage } from '../core/webhook-ports.ts';
import { attemptOf, auditEntryOf, deliveryOf, deviceOf, joinTokenOf, sessionOf, taskOf } from './rows.ts';
import type { Database } from './schema.ts';
import { selectSignIns } from './sign-in-tables.ts';
import { auditPage, deliveriesPage, devicesPage, joinTokensPage, tasksPage } from './sqlite-lists.ts';
import * as webhookTables from './webhook-tables.ts';

export class SqliteReader implements StoreReader {
  protected readonly db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.db = db;
  }

  async operatorById(id: string): Promise<OperatorRecord | undefined> {
    return this.db.selectFrom('operators').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async operatorByName(name: string): Promise<OperatorRecord | undefined> {
    return this.db.selectFrom('operators').selectAll().where('name', '=', name).executeTakeFirst();
  }

  async operatorBySubject(subject: string): Promise<OperatorRecord | undefined> {
    return this.db.selectFrom('operators').selectAll().where('subject', '=', subject).executeTakeFirst();
  }

  async operators(): Promise<readonly OperatorRecord[]> {
    return this.db.selectFrom('operators').selectAll().orderBy('name').execute();
  }

  async signIn(id: string): Promise<SignInRecord | undefined> {
    return this.db.selectFrom('signIns').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async signIns(operatorId: string | undefined): Promise<readonly SignInRecord[]> {
    return selectSignIns(this.db, operatorId);
  }

  async signInLink(id: string): Promise<SignInLinkRecord | undefined> {
    return this.db.selectFrom('signInLinks').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async joinToken(id: string): Promise<JoinTokenRecord | undefined> {
    const row = await this.db.selectFrom('joinTokens').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : joinTokenOf(row);
  }

  async joinTokens(page: PageRequest<'created'>): Promise<readonly JoinTokenRecord[]> {
    return joinTokensPage(this.db, page);
  }

  async device(id: string): Promise<DeviceRecord | undefined> {
    const row = await this.#devices().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : deviceOf(row);
  }

  async deviceByName(name: string): Promise<DeviceRecord | undefined> {
    const row = await this.#devices().where('name', '=', name).executeTakeFirst();
    return row === undefined ? undefined : deviceOf(row);
  }

  async devices(page: DevicesPage): Promise<readonly DeviceRecord[]> {
    return devicesPage(this.db, page);
  }

  async devicesByNamesOrIds(namesOrIds: readonly string[]): Promise<readonly DeviceRecord[]> {
    const found = new Map<string, DeviceRecord>();
    for (let start = 0; start < namesOrIds.length; start += NAMES_PER_QUERY) {
      const some = namesOrIds.slice(start, start + NAMES_PER_QUERY);
      for (const column of ['id', 'name'] as const) {
        for (const row of await this.#devices().where(column, 'in', some).execute()) found.set(row.id, deviceOf(row));
      }
    }
    return [...found.values()];
  }

  async certificate(serial: string): Promise<CertificateRecord | undefined> {
    return this.db.selectFrom('certificates').selectAll().where('serial', '=', serial).executeTakeFirst();
  }

  async reachability(): Promise<readonly Reachability[]> {
    const rows = await this.db
      .selectFrom('reachability')
      .innerJoin('devices', 'devices.id', 'reachability.deviceId')
      .select(['devices.name', 'reachability.result'])
      .where('devices.removedAt', 'is', null)
      .execute();
    return rows.map(({ name, result }) => {
      const parsed = JSON.parse(result) as Reachability;
      return { ...parsed, device: { ...parsed.device, name } };
    });
  }

  async content(id: string): Promise<ContentRecord | undefined> {
    return this.db.selectFrom('contents').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async contentKey(id: string): Promise<Uint8Array | undefined> {
    const row = await this.db.selectFrom('contentKeys').select('key').where('contentId', '=', id).executeTakeFirst();
    return row?.key;
  }

  async isUploader(contentId: string, operatorId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('contentUploads')
      .select('contentId')
      .where('contentId', '=', contentId)
      .where('operatorId', '=', operatorId)
      .executeTakeFirst();
    return row !== undefined;
  }

  async taskIdsOfContent(contentId: string): Promise<readonly string[]> {
    const rows = await this.db.selectFrom('tasks').select('id').where('contentId', '=', contentId).execute();
    return rows.map(({ id }) => id);
  }

  async encryptedContentsOfSize(size: number): Promise<readonly ContentRecord[]> {
    return this.db
      .selectFrom('contents')
      .selectAll()
      .where('size', '=', size)
      .where('encoding', '<>', 'identity')
      .where('removedAt', 'is', null)
      .execute();
  }

  async contentsUnneededBefore(time: number): Promise<readonly ContentRecord[]> {
    return this.db
      .selectFrom('contents')
      .selectAll()
      .where('removedAt', 'is', null)
      .where((where) => where(where.fn.coalesce('unneededSince', 'createdAt'), '<', time))
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('tasks')
              .select('tasks.id')
              .whereRef('tasks.contentId', '=', 'contents.id')
              .where('tasks.phase', '<>', ENDED),
          ),
        ),
      )
      .execute();
  }

  async contentIds(): Promise<ReadonlySet<string>> {
    const rows = await this.db.selectFrom('contents').select('id').where('removedAt', 'is', null).execute();
    return new Set(rows.map(({ id }) => id));
  }

  async task(id: string): Promise<TaskRecord | undefined> {
    const row = await this.db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : taskOf(row);
  }

  async tasks(page: TasksPage): Promise<readonly TaskRecord[]> {
    return tasksPage(this.db, page);
  }

  async unendedTasks(): Promise<readonly TaskRecord[]> {
    const rows = await this.db.selectFrom('tasks').selectAll().where('phase', '<>', ENDED).orderBy('id').execute();
    return rows.map(taskOf);
  }

  async delivery(taskId: string, deviceId: string): Promise<DeliveryRecord | undefined> {
    const row = await this.db
      .selectFrom('deliveries')
      .selectAll()
      .where('taskId', '=', taskId)
      .where('deviceId', '=', deviceId)
      .executeTakeFirst();
    return row === undefined ? undefined : deliveryOf(row);
  }

  async deliveriesOfTask(taskId: string): Promise<readonly DeliveryRecord[]> {
    return (await this.db.selectFrom('deliveries').selectAll().where('taskId', '=', taskId).execute()).map(deliveryOf);
  }

  async someDeliveriesOfTask(taskId: string, deviceIds: readonly string[]): Promise<readonly DeliveryRecord[]> {
    const rows = await this.db
      .selectFrom('deliveries')
      .selectAll()
      .where('taskId', '=', taskId)
      .where('deviceId', 'in', deviceIds)
      .orderBy('deviceId')
      .execute();
    return rows.map(deliveryOf);
  }

  async deviceIdsOfTask(taskId: string, states: readonly DeliveryState[]): Promise<readonly string[]> {
    const wanted = new Set(states);
    const ids: string[] = [];
    for (let behind = ''; ;) {
      // By the key alone, whatever the states: the number of rows that one piece looks at is certain.
      const rows = await this.db
        .selectFrom('deliveries')
        .select(['deviceId', 'state'])
        .where('taskId', '=', taskId)
        .where('deviceId', '>', behind)
        .orderBy('deviceId')
        .limit(ROWS_PER_PIECE)
        .execute();
      for (const { deviceId, state } of rows) if (wanted.has(state)) ids.push(deviceId);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_PER_PIECE) return ids;
      behind = last.deviceId;
      await nextTurn();
    }
  }

  async deliveries(taskId: string, page: DeliveriesPage): Promise<readonly ListedDelivery[]> {
    return deliveriesPage(this.db, taskId, page);
  }

  async deliveriesOfDevice(deviceId: string, page: DeviceDeliveriesPage): Promise<readonly DeliveryRecord[]> {
    // From task to task, each a search by both keys: no index holds all rows of a device, and none has to be kept.
    let query = this.db
      .selectFrom('tasks')
      .crossJoin('deliveries')
      .whereRef('deliveries.taskId', '=', 'tasks.id')
      .selectAll('deliveries')
      .where('deliveries.deviceId', '=', deviceId);
    if (page.isOpen === true) query = query.where('deliveries.state', 'in', OPEN_DELIVERY_STATES);
    if (page.behind !== undefined) query = query.where('tasks.id', '<', page.behind);
    return (await query.orderBy('tasks.id', 'desc').limit(page.limit).execute()).map(deliveryOf);
  }

  async trafficOf(taskId: string): Promise<TaskTraffic> {
    const total = (table: 'deliveries' | 'sessions', column: 'bytesMulticast' | 'bytesSent') =>
      sql<number>`(select coalesce(sum(${sql.ref(column)}), 0) from ${sql.table(table)} where "taskId" = ${taskId})`;
    const query = sql<TaskTraffic>`select ${total('sessions', 'bytesSent')} as "multicastSent",
      ${total('deliveries', 'bytesMulticast')} as "multicastReceived"`;
    return (await query.execute(this.db)).rows[0]!;
  }

  async openDeliveriesOfDevice(deviceId: string): Promise<readonly DeliveryRecord[]> {
    const rows = await this.db
      .selectFrom('deliveries')
      .selectAll()
      .where('deviceId', '=', deviceId)
      .where('state', 'in', OPEN_DELIVERY_STATES)
      .orderBy('taskId')
      .execute();
    return rows.map(deliveryOf);
  }

  async deviceNamesOfTask(taskId: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.db
      .selectFrom('deliveries')
      .innerJoin('devices', 'devices.id', 'deliveries.deviceId')
      .select(['devices.id', 'devices.name'])
      .where('taskId', '=', taskId)
      .execute();
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  async targetsOfTask(taskId: string): Promise<readonly ScopeSubject[]> {
    const rows = await this.db
      .selectFrom('deliveries')
      .innerJoin('devices', 'devices.id', 'deliveries.deviceId')
      .select(['devices.id', 'devices.name', 'devices.labels'])
      .where('taskId', '=', taskId)
      .execute();
    return rows.map(({ labels, ...row }) => ({ ...row, labels: JSON.parse(labels) as ScopeSubject['labels'] }));
  }

  async attempts(taskId: string, deviceId: string): Promise<readonly AttemptRecord[]> {
    const rows = await this.db
      .selectFrom('attempts')
      .selectAll()
      .where('taskId', '=', taskId)
      .where('deviceId', '=', deviceId)
      .orderBy('attempt')
      .execute();
    return rows.map(attemptOf);
  }

  async sessionsOfTask(taskId: string): Promise<readonly SessionRecord[]> {
    const rows = await this.db
      .selectFrom('sessions')
      .selectAll()
      .where('taskId', '=', taskId)
      .orderBy('createdAt')
      .orderBy('id')
      .execute();
    return rows.map(sessionOf);
  }

  async openSessions(): Promise<readonly SessionRecord[]> {
    const rows = await this.db.selectFrom('sessions').selectAll().where('state', 'in', OPEN_SESSION_STATES).execute();
    return rows.map(sessionOf);
  }

  async slots(): Promise<readonly SlotRecord[]> {
    return this.db.selectFrom('completionSlots').selectAll().execute();
  }

  async eventsAfter(sequence: number, limit: number, taskId?: string): Promise<readonly RollcallEvent[]> {
    let query = this.db
      .selectFrom('events')
      .select(['sequence', 'payload'])
      .where('sequence', '>', sequence)
      .orderBy('sequence')
      .limit(limit);
    if (taskId !== undefined) query = query.where('taskId', '=', taskId);
    const rows = await query.execute();
    return rows.map(eventOf);
  }

  async eventRange(): Promise<{ readonly first: number; readonly last: number }> {
    // The table may have forgotten the last one as well; its counter has not.
    const { rows } = await sql<{ first: number | null; last: number | null }>`
      select (select min(sequence) from events) as first, (select seq from sqlite_sequence where name = 'events') as last
    `.execute(this.db);
    const last = rows[0]?.last ?? 0;
    return { first: rows[0]?.first ?? last + 1, last };
  }

  async deliveryCounts(taskId?: string): Promise<readonly DeliveryCount[]> {
    const query = this.db
      .selectFrom('deliveries')
      .select(['state', 'path', (count) => count.fn.countAll<number>().as('count')])
      .groupBy(['state', 'path']);
    return (taskId === undefined ? query : query.where('taskId', '=', taskId)).execute();
  }

  async taskCounts(): ReturnType<StoreReader['taskCounts']> {
    return this.db
      .selectFrom('tasks')
      .select(['state', 'phase', (count) => count.fn.countAll<number>().as('count')])
      .groupBy(['state', 'phase'])
      .execute();
  }

  async deviceCount(): Promise<number> {
    const { count } = await this.db
      .selectFrom('devices')
      .where('removedAt', 'is', null)
      .select((count) => count.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return count;
  }

  async devicesSeenBefore(time: number): ReturnType<StoreReader['devicesSeenBefore']> {
    return this.db
      .selectFrom('devices')
      .where('removedAt', 'is', null)
      .where((where) => where(where.fn.coalesce('lastSeenAt', 'enrolledAt'), '<', time))
      .select((row) => ['id', row.fn.coalesce('lastSeenAt', 'enrolledAt').as('seenAt')])
      .execute();
  }

  async idempotencyKey(id: string): Promise<IdempotencyKeyRecord | undefined> {
    return this.db.selectFrom('idempotencyKeys').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async countIdempotencyKeys(operatorId: string): Promise<number> {
    const { count } = await this.db
      .selectFrom('idempotencyKeys')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('operatorId', '=', operatorId)
      .executeTakeFirstOrThrow();
    return count;
  }

  async webhook(id: string): Promise<WebhookRecord | undefined> {
    return webhookTables.selectWebhook(this.db, id);
  }

  async webhooks(): Promise<readonly WebhookRecord[]> {
    return webhookTables.selectWebhooks(this.db);
  }

  async webhookSecrets(id: string): Promise<WebhookSecrets | undefined> {
    return webhookTables.selectSecrets(this.db, id);
  }

  async webhookMessage(id: string): Promise<WebhookMessageRecord | undefined> {
    return this.db.selectFrom('webhookMessages').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async webhookMessages(webhookId: string, page: WebhookMessagesPage): Promise<readonly WebhookMessageRecord[]> {
    return webhookTables.messagesPage(this.db, webhookId, page);
  }

  async waitingWebhookMessages(webhookId: string, limit: number): Promise<readonly WebhookMessageRecord[]> {
    return webhookTables.selectWaiting(this.db, webhookId, limit);
  }

  async countWaitingWebhookMessages(webhookId?: string): Promise<number> {
    return webhookTables.countWaiting(this.db, webhookId);
  }

  async lastEvents(limit: number): Promise<readonly RollcallEvent[]> {
    const rows = await this.db
      .selectFrom('events')
      .select(['sequence', 'payload'])
      .orderBy('sequence', 'desc')
      .limit(limit)
      .execute();
    return rows.map(eventOf);
  }

  async doubtfulDevices(seenBefore: number, limit: number): Promise<readonly DeviceRecord[]> {
    const rows = await this.#devices()
      .where((where) =>
        where.or([
          where('isPending', '=', 1),
          where('warning', 'is not', null),
          where('clockAheadMs', 'is not', null),
          where(where.fn.coalesce('lastSeenAt', 'enrolledAt'), '<', seenBefore),
        ]),
      )
      .orderBy('lastSeenAt')
      .limit(limit)
      .execute();
    return rows.map(deviceOf);
  }

  async auditEntries(page: Parameters<StoreReader['auditEntries']>[0]): Promise<readonly AuditEntry[]> {
    const rows = await this.db
      .selectFrom('audit')
      .selectAll()
      .where('sequence', '>', page.afterSequence)
      .orderBy('sequence')
      .limit(page.limit)
      .execute();
    return rows.map(auditEntryOf);
  }

  async auditList(page: AuditPage): Promise<readonly AuditEntry[]> {
    return auditPage(this.db, page);
  }

  async auditHead(): Promise<AuditHead> {
    const last = this.db.selectFrom('audit').select(['sequence', 'hash']).orderBy('sequence', 'desc').limit(1);
    return (await last.executeTakeFirst()) ?? AUDIT_BEGIN;
  }

  #devices() {
    return this.db.selectFrom('devices').selectAll().where('removedAt', 'is', null);
  }
}

function eventOf(row: { readonly sequence: number; readonly payload: string }): RollcallEvent {
  return { sequence: row.sequence, ...(JSON.parse(row.payload) as object) } as RollcallEvent;
}

/** SQLite takes 32,766 parameters in one statement. */
const NAMES_PER_QUERY = 5_000;
/** Of two columns: some 10 ms. */
const ROWS_PER_PIECE = 5_000;

// Literals, not parameters: only by these does SQLite see that a partial index holds all the rows that are asked for.
const OPEN_DELIVERY_STATES = (['queued', 'receiving', 'received', 'executing'] as const).map((state) => sql.lit(state));
const OPEN_SESSION_STATES = (['announcing', 'sending'] as const).map((state) => sql.lit(state));
const ENDED = sql.lit('ended' as const);
