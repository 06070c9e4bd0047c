import { sql, type Kysely } from 'kysely';

/** Contents may be encrypted. */
export const contentKeys = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `create table "contentKeys" (
          "contentId" text primary key references contents (id), key blob not null) strict, without rowid`,
      )
      .execute(db);
  },
};
