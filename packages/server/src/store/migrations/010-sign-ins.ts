import { sql, type Kysely } from 'kysely';

/**
 * Browsers that are signed in, and the links that sign them in: both go with their operator. And operators whom an identity
 * provider sends: issuer and subject say who it is.
 */
export const signIns = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `create table "signIns" (
    id text primary key, "secretHash" text not null,
    "operatorId" text not null references operators (id) on delete cascade, method text not null,
    "createdAt" integer not null, "lastUsedAt" integer not null, "expiresAt" integer not null,
    "from" text not null, browser text) strict`,
  `create index "signInsOfOperator" on "signIns" ("operatorId")`,
  `create table "signInLinks" (
    id text primary key, "secretHash" text not null,
    "operatorId" text not null references operators (id) on delete cascade, "expiresAt" integer not null) strict`,
  `create index "signInLinksOfOperator" on "signInLinks" ("operatorId")`,
  `alter table operators add column subject text`,
  `create unique index "operatorsBySubject" on operators (subject)`,
];
