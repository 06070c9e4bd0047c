/**
 * Writes of the store, within one transaction. Whoever changes a task, a delivery, a session or a device writes its
 * event here as well: an event exists if and only if its change does, and its number is its place in commit order.
 */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  canonicalJson,
  sealAuditEntry,
  type AuditNote,
  type DeliveryState,
  type Reachability,
  type RollcallEvent,
} from '@rollcall/api';
import { CompiledQuery, sql } from 'kysely';
import { countDeliveries, type CountedChange } from '../core/counted-change.ts';
import type { DeliveryChange, StoreTransactor } from '../core/ports.ts';
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
import { TouchedSubjects } from '../core/touched-subjects.ts';
import { AUDIT_SUBJECTS_MAX, ROWS_PER_TURN } from '../limits.ts';
import { deliveryView, deviceView, sessionView } from '../core/views.ts';
import { Precondition } from './precondition.ts';
import { attemptRow, deliveryRow, deviceRow, joinTokenRow, sessionOf, sessionRow, taskRow } from './rows.ts';
import { deleteEndedSignIns, keepLastLinks, keepLastUsed } from './sign-in-tables.ts';
import { SqliteReader } from './sqlite-reader.ts';
import * as webhookTables from './webhook-tables.ts';

/** An event before the table numbers it. */
type NewEvent = RollcallEvent extends infer E ? (E extends RollcallEvent ? Omit<E, 'sequence'> : never) : never;

export class SqliteTransactor extends SqliteReader implements StoreTransactor {
  readonly #events: RollcallEvent[] = [];
  readonly #counted: CountedChange[] = [];
  readonly touched = new TouchedSubjects();
  #hasErased = false;
  /** Since the event loop had its turn. */
  #rowCount = 0;

  /** What this transaction appended, to be told once it is committed. */
  get events(): readonly RollcallEvent[] {
    return this.#events;
  }

  /** What it changed of what is counted; as well. */
  get counted(): readonly CountedChange[] {
    return this.#counted;
  }

  /** A key or a secret is no longer needed, and must not stay in the log of the database either. */
  get hasErased(): boolean {
    return this.#hasErased;
  }

  async insertOperator(operator: OperatorRecord): Promise<void> {
    this.touched.note('operator', operator.id, operator.name);
    await this.db.insertInto('operators').values(operator).execute();
  }

  async updateOperator(id: string, change: Partial<OperatorRecord>): Promise<void> {
    this.touched.note('operator', id, (await this.operatorById(id))?.name);
    await this.db.updateTable('operators').set(change).where('id', '=', id).execute();
  }

  async deleteOperator(id: string): Promise<void> {
    this.touched.note('operator', id, (await this.operatorById(id))?.name);
    await this.db.deleteFrom('operators').where('id', '=', id).execute();
  }

  async noteOperatorUse(id: string, at: number, from: string): Promise<void> {
    await this.db.updateTable('operators').set({ lastUsedAt: at, lastUsedFrom: from }).where('id', '=', id).execute();
  }

  async insertSignIn(signIn: SignInRecord, countMax: number): Promise<void> {
    this.touched.note('sign-in', signIn.id);
    await this.db.insertInto('signIns').values(signIn).execute();
    await keepLastUsed(this.db, signIn.operatorId, countMax);
  }

  async noteSignInUse(id: string, at: number, from: string): Promise<void> {
    await this.db.updateTable('signIns').set({ lastUsedAt: at, from }).where('id', '=', id).execute();
  }

  async deleteSignIn(id: string): Promise<void> {
    this.touched.note('sign-in', id);
    await this.db.deleteFrom('signIns').where('id', '=', id).execute();
  }

  async insertSignInLink(link: SignInLinkRecord, countMax: number): Promise<void> {
    this.touched.note('operator', link.operatorId, (await this.operatorById(link.operatorId))?.name);
    await this.db.insertInto('signInLinks').values(link).execute();
    await keepLastLinks(this.db, link.operatorId, countMax);
  }

  async deleteSignInLink(id: string): Promise<void> {
    await this.db.deleteFrom('signInLinks').where('id', '=', id).execute();
  }

  async deleteEndedSignIns(ended: { readonly now: number; readonly usedBefore: number }): Promise<void> {
    await deleteEndedSignIns(this.db, ended);
  }

  async insertJoinToken(token: JoinTokenRecord): Promise<void> {
    this.touched.note('join-token', token.id);
    await this.db.insertInto('joinTokens').values(joinTokenRow(token)).execute();
  }

  async updateJoinToken(id: string, change: Partial<JoinTokenRecord>): Promise<void> {
    this.touched.note('join-token', id);
    const before = await this.joinToken(id);
    if (before === undefined) return;
    await this.db
      .updateTable('joinTokens')
      .set(joinTokenRow({ ...before, ...change }))
      .where('id', '=', id)
      .execute();
  }

  async insertDevice(device: DeviceRecord): Promise<void> {
    this.touched.note('device', device.id, device.name);
    await this.db.insertInto('devices').values(deviceRow(device)).execute();
    await this.#append([{ type: 'device', at: device.enrolledAt, device: deviceView(device, false), isNew: true }]);
  }

  async updateDevice(id: string, change: Partial<DeviceRecord>, isOnline: boolean, at: number): Promise<void> {
    const before = await this.device(id);
    if (before === undefined) return;
    Precondition.check('device', before);
    const after = { ...before, ...change };
    this.touched.note('device', id, after.name);
    await this.db.updateTable('devices').set(deviceRow(after)).where('id', '=', id).execute();
    await this.#append([{ type: 'device', at, device: deviceView(after, isOnline) }]);
  }

  async deleteDevice(id: string, at: number): Promise<void> {
    const before = await this.device(id);
    if (before !== undefined) Precondition.check('device', before);
    this.touched.note('device', id, before?.name);
    await this.db.updateTable('devices').set({ removedAt: at }).where('id', '=', id).execute();
  }

  async noteCompletion(deviceId: string, at: number): Promise<void> {
    await this.db.updateTable('devices').set({ lastCompletionAt: at }).where('id', '=', deviceId).execute();
  }

  async saveReachability(result: Reachability): Promise<void> {
    const { device, probedAt } = result;
    const row = { deviceId: device.id, probedAt, result: JSON.stringify(result) };
    await this.db.replaceInto('reachability').values(row).execute();
  }

  async insertCertificate(certificate: CertificateRecord): Promise<void> {
    this.touched.note('device', certificate.deviceId);
    this.touched.note('certificate', certificate.serial);
    await this.db.insertInto('certificates').values(certificate).execute();
  }

  async revokeCertificates(deviceId: string, at: number): Promise<void> {
    await this.db
      .updateTable('certificates')
      .set({ revokedAt: at })
      .where('deviceId', '=', deviceId)
      .where('revokedAt', 'is', null)
      .execute();
  }

  async noteCertificateUse({ serial, deviceId }: CertificateRecord, at: number): Promise<void> {
    await this.db.updateTable('certificates').set({ usedAt: at }).where('serial', '=', serial).execute();
    const others = this.db.deleteFrom('certificates').where('deviceId', '=', deviceId).where('serial', '<>', serial);
    // The last one stays, so that a copy of it can be told why it is refused.
    await others.where('supersededAt', 'is not', null).where('revokedAt', 'is', null).execute();
    await this.db
      .updateTable('certificates')
      .set({ supersededAt: at })
      .where('deviceId', '=', deviceId)
      .where('serial', '<>', serial)
      .where('revokedAt', 'is', null)
      .execute();
  }

  async deleteUnusedCertificates(deviceId: string): Promise<void> {
    await this.db
      .deleteFrom('certificates')
      .where('deviceId', '=', deviceId)
      .where('usedAt', 'is', null)
      .where('supersededAt', 'is', null)
      .where('revokedAt', 'is', null)
      .execute();
  }

  async insertContent(content: ContentRecord, key: Uint8Array | undefined, operatorId: string): Promise<void> {
    this.touched.note('content', content.id);
    await this.db
      .insertInto('contents')
      .values(content)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ createdAt: content.createdAt, unneededSince: null, removedAt: null }),
      )
      .execute();
    if (key !== undefined) await this.db.insertInto('contentKeys').values({ contentId: content.id, key }).execute();
    // Who was removed while the upload was hashed leaves no record.
    await this.db
      .insertInto('contentUploads')
      .columns(['contentId', 'operatorId'])
      .expression((from) =>
        from
          .selectFrom('operators')
          .select((row) => [row.val(content.id).as('contentId'), 'id'])
          .where('id', '=', operatorId),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async removeContent(id: string, at: number): Promise<void> {
    await this.updateContent(id, { removedAt: at });
    this.#hasErased = true;
    await this.db.deleteFrom('contentKeys').where('contentId', '=', id).execute();
    await this.db.deleteFrom('contentUploads').where('contentId', '=', id).execute();
  }

  async updateContent(id: string, change: Partial<ContentRecord>): Promise<void> {
    this.touched.note('content', id);
    await this.db.updateTable('contents').set(change).where('id', '=', id).execute();
  }

  async isContentUsed(id: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('tasks')
      .select('id')
      .where('contentId', '=', id)
      .where('phase', '<>', 'ended')
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async insertTask(task: TaskRecord, deliveries: readonly DeliveryRecord[], at: number): Promise<void> {
    this.touched.noteTask(task, true);
    const first = deliveries.slice(0, AUDIT_SUBJECTS_MAX).map(({ deviceId }) => deviceId);
    for (const { id, name } of await this.devicesByNamesOrIds(first)) this.touched.note('device', id, name);
    await this.db.insertInto('tasks').values(taskRow(task)).execute();
    for (let start = 0; start < deliveries.length; start += ROWS_PER_TURN) {
      await this.#insertDeliveries(deliveries.slice(start, start + ROWS_PER_TURN));
    }
    this.#counted.push({ kind: 'task', before: undefined, after: task });
    this.#counted.push({ kind: 'deliveries', made: true, counts: countDeliveries(deliveries) });
    await this.#appendTask(task, at, true);
  }

  async updateTask(id: string, change: Partial<TaskRecord>, at: number): Promise<TaskRecord> {
    const before = await this.task(id);
    if (before === undefined) throw new Error(`there is no task ${id}`);
    Precondition.check('task', before);
    const after = { ...before, ...change };
    this.touched.noteTask(after);
    await this.db.updateTable('tasks').set(taskRow(after)).where('id', '=', id).execute();
    this.#counted.push({ kind: 'task', before, after });
    await this.#appendTask(after, at);
    return after;
  }

  async deleteTask(id: string): Promise<void> {
    const before = await this.task(id);
    if (before !== undefined) {
      Precondition.check('task', before);
      this.touched.noteTask(before);
    }
    this.#counted.push({ kind: 'deliveries', made: false, counts: await this.deliveryCounts(id) });
    this.#counted.push({ kind: 'task', before, after: undefined });
    await this.db.deleteFrom('tasks').where('id', '=', id).execute();
  }

  async changeDelivery(before: DeliveryRecord, after: DeliveryRecord, at: number): Promise<void> {
    await this.changeDeliveries([{ before, after }], at);
  }

  async changeDeliveries(changes: readonly DeliveryChange[], at: number): Promise<void> {
    for (let start = 0; start < changes.length; start += ROWS_PER_TURN) {
      const some = changes.slice(start, start + ROWS_PER_TURN);
      const names = await this.#deviceNames(some.map(({ after }) => after.deviceId));
      const events: NewEvent[] = [];
      for (const { before, after } of some) {
        const name = names.get(after.deviceId);
        if (name === undefined) throw new Error(`there is no device ${after.deviceId}`);
        await this.#updateDelivery(after);
        this.#counted.push({ kind: 'delivery', before, after });
        this.touched.note('device', after.deviceId, name);
        events.push({ type: 'delivery', at, taskId: after.taskId, delivery: deliveryView(after, name) });
      }
      await this.#moveCounts(some);
      await this.#append(events);
      await this.#breathe(some.length);
    }
  }

  async upsertAttempt(attempt: AttemptRecord): Promise<void> {
    const row = attemptRow(attempt);
    await this.db
      .insertInto('attempts')
      .values(row)
      .onConflict((conflict) => conflict.columns(['taskId', 'deviceId', 'attempt']).doUpdateSet(row))
      .execute();
  }

  async insertSession(session: SessionRecord, at: number): Promise<void> {
    await this.db.insertInto('sessions').values(sessionRow(session)).execute();
    this.#counted.push({ kind: 'session', before: undefined, after: session });
    await this.#append([{ type: 'session', at, taskId: session.taskId, session: sessionView(session) }]);
  }

  async updateSession(id: string, change: Partial<SessionRecord>, at: number): Promise<void> {
    const row = await this.db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) return;
    const before = sessionOf(row);
    const changed = { ...before, ...change };
    this.#counted.push({ kind: 'session', before, after: changed });
    await this.db.updateTable('sessions').set(sessionRow(changed)).where('id', '=', id).execute();
    const [session] = (await this.sessionsOfTask(row.taskId)).filter((one) => one.id === id);
    await this.#append([{ type: 'session', at, taskId: row.taskId, session: sessionView(session!) }]);
  }

  async noteSent(sessionId: string, bytesSent: number, repairBytes: number): Promise<void> {
    await this.db.updateTable('sessions').set({ bytesSent, repairBytes }).where('id', '=', sessionId).execute();
  }

  async insertSlot(slot: SlotRecord): Promise<void> {
    await this.db
      .insertInto('completionSlots')
      .values(slot)
      .onConflict((conflict) => conflict.columns(['taskId', 'deviceId']).doUpdateSet(slot))
      .execute();
  }

  async deleteSlot(taskId: string, deviceId: string, bytesSent: number): Promise<void> {
    await this.db.deleteFrom('completionSlots').where('taskId', '=', taskId).where('deviceId', '=', deviceId).execute();
    if (bytesSent === 0) return;
    await this.db
      .updateTable('tasks')
      .set((column) => ({ bytesUnicast: column('bytesUnicast', '+', bytesSent) }))
      .where('id', '=', taskId)
      .execute();
  }

  async deleteAllSlots(): Promise<void> {
    await this.db.deleteFrom('completionSlots').execute();
  }

  async nextBatchSequence(channel: string): Promise<number> {
    const row = await this.db
      .insertInto('batchChannels')
      .values({ channel, lastSequence: 1 })
      .onConflict((conflict) =>
        conflict.column('channel').doUpdateSet((column) => ({
          lastSequence: column('batchChannels.lastSequence', '+', 1),
        })),
      )
      .returning('lastSequence')
      .executeTakeFirstOrThrow();
    return row.lastSequence;
  }

  async deleteEvents(beyond: Parameters<StoreTransactor['deleteEvents']>[0]): Promise<number> {
    const { last } = await this.eventRange();
    // From the lowest number on, up to the first that is to stay: nothing searches the table by time.
    const oldest = await this.db
      .selectFrom('events')
      .select(['sequence', 'at'])
      .orderBy('sequence')
      .limit(beyond.limit)
      .execute();
    const staying = oldest.findIndex(({ sequence, at }) => at >= beyond.time && sequence > last - beyond.count);
    const going = staying === -1 ? oldest : oldest.slice(0, staying);
    const lastGoing = going.at(-1);
    if (lastGoing === undefined) return 0;
    await this.db.deleteFrom('events').where('sequence', '<=', lastGoing.sequence).execute();
    return going.length;
  }

  async noteAlive(at: number): Promise<void> {
    const value = String(at);
    await this.db
      .insertInto('meta')
      .values({ key: 'aliveAt', value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute();
  }

  async insertWebhook(webhook: WebhookRecord, secrets: WebhookSecrets): Promise<void> {
    this.touched.note('webhook', webhook.id, webhook.url);
    await this.db.insertInto('webhooks').values(webhookTables.webhookRow(webhook)).execute();
    await this.db
      .insertInto('webhookSecrets')
      .values({ webhookId: webhook.id, ...secrets })
      .execute();
  }

  async updateWebhook(id: string, change: Partial<WebhookRecord>): Promise<void> {
    const before = await this.webhook(id);
    // Deleted while something was on its way there.
    if (before === undefined) return;
    Precondition.check('webhook', before);
    const after = { ...before, ...change };
    this.touched.note('webhook', id, after.url);
    await this.db.updateTable('webhooks').set(webhookTables.webhookRow(after)).where('id', '=', id).execute();
  }

  async updateWebhookSecrets(id: string, secrets: WebhookSecrets): Promise<void> {
    this.touched.note('webhook', id, (await this.webhook(id))?.url);
    this.#hasErased = true;
    await this.db.updateTable('webhookSecrets').set(secrets).where('webhookId', '=', id).execute();
  }

  async forgetOldWebhookSecrets(endedAt: number): Promise<void> {
    if ((await webhookTables.forgetOldSecrets(this.db, endedAt)) > 0) this.#hasErased = true;
  }

  async deleteWebhook(id: string): Promise<void> {
    const before = await this.webhook(id);
    if (before !== undefined) Precondition.check('webhook', before);
    this.touched.note('webhook', id, before?.url);
    this.#hasErased = true;
    await this.db.deleteFrom('webhooks').where('id', '=', id).execute();
  }

  async insertWebhookMessages(messages: readonly WebhookMessageRecord[]): Promise<void> {
    if (messages.length > 0)
      await this.db
        .insertInto('webhookMessages')
        .values([...messages])
        .execute();
  }

  async updateWebhookMessage(id: string, change: Partial<WebhookMessageRecord>): Promise<void> {
    await this.db.updateTable('webhookMessages').set(change).where('id', '=', id).execute();
  }

  async hastenWebhookMessages(webhookId: string, at: number, anew: boolean): Promise<void> {
    await webhookTables.hasten(this.db, webhookId, at, anew);
  }

  async keepLastWebhookMessages(webhookId: string, countMax: number): Promise<void> {
    await webhookTables.keepLast(this.db, webhookId, countMax);
  }

  async insertIdempotencyKey(key: IdempotencyKeyRecord): Promise<void> {
    await this.db
      .insertInto('idempotencyKeys')
      .values(key)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(key))
      .execute();
  }

  async answerIdempotencyKey(id: string, answer: Uint8Array): Promise<void> {
    await this.db.updateTable('idempotencyKeys').set({ answer }).where('id', '=', id).execute();
  }

  async deleteIdempotencyKeysBefore(time: number): Promise<void> {
    await this.db.deleteFrom('idempotencyKeys').where('createdAt', '<', time).execute();
  }

  async appendAudit(note: AuditNote): Promise<void> {
    const { hash, ...entry } = sealAuditEntry(hashText, await this.auditHead(), note);
    await this.db
      .insertInto('audit')
      .values({ sequence: entry.sequence, hash, entry: canonicalJson(entry) })
      .execute();
  }

  /** Many rows in one statement, whose text is made here: the query builder would take longer over it than SQLite. */
  async #insertDeliveries(deliveries: readonly DeliveryRecord[]): Promise<void> {
    const rows = deliveries.map(deliveryRow);
    const columns = Object.keys(rows[0]!) as (keyof (typeof rows)[number])[];
    const places = `(${columns.map(() => '?').join(', ')})`;
    const names = columns.map((column) => `"${column}"`).join(', ');
    const text = `insert into deliveries (${names}) values ${rows.map(() => places).join(', ')}`;
    const values = rows.flatMap((row) => columns.map((column) => row[column]));
    await this.db.executeQuery(CompiledQuery.raw(text, values));
    await this.#breathe(rows.length);
  }

  /**
   * SQLite answers at once, and what is awaited of it lets nobody else run: timers and sockets get their turn here. No
   * other transaction does, because they run one after the other, and readers have a connection of their own.
   */
  async #breathe(rowCount: number): Promise<void> {
    this.#rowCount += rowCount;
    if (this.#rowCount < ROWS_PER_TURN) return;
    this.#rowCount = 0;
    await nextTurn();
  }

  async #deviceNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.db.selectFrom('devices').select(['id', 'name']).where('id', 'in', ids).execute();
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** In a text made here as well. */
  async #updateDelivery(after: DeliveryRecord): Promise<void> {
    const { taskId, deviceId, ...row } = deliveryRow(after);
    const places = Object.keys(row).map((column) => `"${column}" = ?`);
    const text = `update deliveries set ${places.join(', ')} where "taskId" = ? and "deviceId" = ?`;
    await this.db.executeQuery(CompiledQuery.raw(text, [...Object.values(row), taskId, deviceId]));
  }

  async #moveCounts(changes: readonly DeliveryChange[]): Promise<void> {
    const moves = new Map<string, { taskId: string; from: DeliveryState; to: DeliveryState; count: number }>();
    for (const { before, after } of changes) {
      if (before.state === after.state) continue;
      const move = { taskId: after.taskId, from: before.state, to: after.state, count: 0 };
      const key = `${move.from} ${move.to} ${move.taskId}`;
      const known = moves.get(key) ?? move;
      known.count += 1;
      moves.set(key, known);
    }
    for (const { taskId, from, to, count } of moves.values()) {
      await this.db
        .updateTable('tasks')
        .set({
          counts: sql<string>`json_set(counts, ${`$.${from}`}, json_extract(counts, ${`$.${from}`}) - ${count},
            ${`$.${to}`}, json_extract(counts, ${`$.${to}`}) + ${count})`,
        })
        .where('id', '=', taskId)
        .execute();
    }
  }

  async #appendTask(task: TaskRecord, at: number, isNew = false): Promise<void> {
    const { id, state, phase, outcome, counts } = task;
    const standing = { state, phase, outcome, counts, ...(isNew ? { isNew } : {}) };
    await this.#append([{ type: 'task', at, taskId: id, ...standing }]);
  }

  async #append(events: readonly NewEvent[]): Promise<void> {
    const places = events.map(() => '(?, ?, ?)').join(', ');
    const text = `insert into events (at, "taskId", payload) values ${places} returning sequence`;
    const values = events.flatMap((event) => [
      event.at,
      'taskId' in event ? event.taskId : null,
      JSON.stringify(event),
    ]);
    const { rows } = await this.db.executeQuery<{ sequence: number }>(CompiledQuery.raw(text, values));
    // They are numbered in the order of the statement; in which order it tells the numbers, SQLite leaves open.
    const sequences = rows.map(({ sequence }) => sequence).toSorted((one, other) => one - other);
    for (const [index, event] of events.entries()) this.#events.push({ sequence: sequences[index]!, ...event });
  }
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
