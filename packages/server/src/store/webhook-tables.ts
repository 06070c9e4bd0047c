/** Queries of the tables of webhooks, their secrets and their messages. */
import { sql, type Kysely, type Selectable } from 'kysely';
import type { WebhookMessageRecord, WebhookRecord, WebhookSecrets } from '../core/records.ts';
import type { WebhookMessagesPage } from '../core/webhook-ports.ts';
import type { Database } from './schema.ts';

export async function selectWebhook(db: Kysely<Database>, id: string): Promise<WebhookRecord | undefined> {
  const row = await db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : webhookOf(row);
}

export async function selectWebhooks(db: Kysely<Database>): Promise<readonly WebhookRecord[]> {
  return (await db.selectFrom('webhooks').selectAll().orderBy('id').execute()).map(webhookOf);
}

export async function selectSecrets(db: Kysely<Database>, id: string): Promise<WebhookSecrets | undefined> {
  return db
    .selectFrom('webhookSecrets')
    .select(['secret', 'oldSecret', 'oldSecretUntil'])
    .where('webhookId', '=', id)
    .executeTakeFirst();
}

export async function messagesPage(
  db: Kysely<Database>,
  webhookId: string,
  { behind, limit, state }: WebhookMessagesPage,
): Promise<readonly WebhookMessageRecord[]> {
  let query = db
    .selectFrom('webhookMessages')
    .selectAll()
    .where('webhookId', '=', webhookId)
    .orderBy('id', 'desc')
    .limit(limit);
  if (behind !== undefined) query = query.where('id', '<', String(behind.id));
  if (state !== undefined) query = query.where('state', 'in', state);
  return query.execute();
}

export async function selectWaiting(
  db: Kysely<Database>,
  webhookId: string,
  limit: number,
): Promise<readonly WebhookMessageRecord[]> {
  return (
    db
      .selectFrom('webhookMessages')
      .selectAll()
      .where('webhookId', '=', webhookId)
      // As the index has it: a parameter would not show that it fits.
      .where(sql<boolean>`state = 'waiting'`)
      .orderBy('nextAttemptAt')
      .orderBy('id')
      .limit(limit)
      .execute()
  );
}

export async function countWaiting(db: Kysely<Database>, webhookId: string | undefined): Promise<number> {
  const query = db
    .selectFrom('webhookMessages')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where(sql<boolean>`state = 'waiting'`);
  const { count } = await (
    webhookId === undefined ? query : query.where('webhookId', '=', webhookId)
  ).executeTakeFirstOrThrow();
  return count;
}

export async function hasten(db: Kysely<Database>, webhookId: string, at: number, anew: boolean): Promise<void> {
  await db
    .updateTable('webhookMessages')
    .set((column) => ({
      nextAttemptAt: sql<number>`min(${column.ref('nextAttemptAt')}, ${at})`,
      ...(anew ? { attemptCount: 0 } : {}),
    }))
    .where('webhookId', '=', webhookId)
    .where(sql<boolean>`state = 'waiting'`)
    .execute();
}

export async function keepLast(db: Kysely<Database>, webhookId: string, countMax: number): Promise<void> {
  // What is given up is old by then: those that were taken since must not push it out.
  for (const state of ['delivered', 'failed'] as const) {
    const first = db
      .selectFrom('webhookMessages')
      .select('id')
      .where('webhookId', '=', webhookId)
      .where('state', '=', state)
      .orderBy('id', 'desc')
      .offset(countMax)
      .limit(1);
    await db
      .deleteFrom('webhookMessages')
      .where('webhookId', '=', webhookId)
      .where('state', '=', state)
      .where('id', '<=', first)
      .execute();
  }
}

/** @returns of how many webhooks */
export async function forgetOldSecrets(db: Kysely<Database>, endedAt: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('webhookSecrets')
    .set({ oldSecret: null, oldSecretUntil: null })
    .where('oldSecretUntil', '<=', endedAt)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

export function webhookRow(webhook: WebhookRecord): Selectable<Database['webhooks']> {
  return { ...webhook, events: JSON.stringify(webhook.events), enabled: webhook.enabled ? 1 : 0 };
}

function webhookOf(row: Selectable<Database['webhooks']>): WebhookRecord {
  return { ...row, events: JSON.parse(row.events) as WebhookRecord['events'], enabled: row.enabled === 1 };
}
