import { sql, type Kysely } from 'kysely';

/** Certificates are renewed and superseded, devices and join tokens wait for approval, operators have a scope and an end. */
export const identity = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `alter table operators add column scope text`,
  `alter table operators add column "expiresAt" integer`,
  `alter table operators add column "lastUsedAt" integer`,
  `alter table operators add column "lastUsedFrom" text`,
  `alter table "joinTokens" add column "needsApproval" integer not null default 0`,
  `alter table "joinTokens" add column scope text`,
  `alter table devices add column "isPending" integer not null default 0`,
  `alter table certificates add column "usedAt" integer`,
  `alter table certificates add column "supersededAt" integer`,
  // They were given out for ten years: from now on they live as long as a new one, and their devices renew them.
  `update certificates set "usedAt" = "issuedAt",
    "expiresAt" = min("expiresAt", (unixepoch() + 90 * 86400) * 1000)`,
];
