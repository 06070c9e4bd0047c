import { sql, type Kysely } from 'kysely';

/** Requests may be asked again. */
export const idempotency = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `create table "idempotencyKeys" (
    id text primary key, "operatorId" text not null, fingerprint text not null, "createdAt" integer not null,
    answer blob) strict, without rowid`,
  `create index "idempotencyKeysByTime" on "idempotencyKeys" ("createdAt")`,
  `create index "idempotencyKeysOfOperator" on "idempotencyKeys" ("operatorId")`,
];
