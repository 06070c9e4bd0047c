/** Queries of the tables of sign-ins and their links. */
import type { Kysely } from 'kysely';
import type { SignInRecord } from '../core/records.ts';
import type { Database } from './schema.ts';

/** The newest first; of one operator, or of all. */
export async function selectSignIns(
  db: Kysely<Database>,
  operatorId: string | undefined,
): Promise<readonly SignInRecord[]> {
  const all = db.selectFrom('signIns').selectAll().orderBy('createdAt', 'desc').orderBy('id');
  return (operatorId === undefined ? all : all.where('operatorId', '=', operatorId)).execute();
}

/** An operator's sign-ins beyond so many go, those first that were not used for longest. */
export async function keepLastUsed(db: Kysely<Database>, operatorId: string, countMax: number): Promise<void> {
  const kept = db
    .selectFrom('signIns')
    .select('id')
    .where('operatorId', '=', operatorId)
    .orderBy('lastUsedAt', 'desc')
    .orderBy('createdAt', 'desc')
    .limit(countMax);
  await db.deleteFrom('signIns').where('operatorId', '=', operatorId).where('id', 'not in', kept).execute();
}

/** Links of an operator beyond so many go, those first that end first. */
export async function keepLastLinks(db: Kysely<Database>, operatorId: string, countMax: number): Promise<void> {
  const kept = db
    .selectFrom('signInLinks')
    .select('id')
    .where('operatorId', '=', operatorId)
    .orderBy('expiresAt', 'desc')
    .limit(countMax);
  await db.deleteFrom('signInLinks').where('operatorId', '=', operatorId).where('id', 'not in', kept).execute();
}

export async function deleteEndedSignIns(
  db: Kysely<Database>,
  { now, usedBefore }: { readonly now: number; readonly usedBefore: number },
): Promise<void> {
  await db
    .deleteFrom('signIns')
    .where((where) => where.or([where('expiresAt', '<=', now), where('lastUsedAt', '<=', usedBefore)]))
    .execute();
  await db.deleteFrom('signInLinks').where('expiresAt', '<=', now).execute();
}
