import { sql, type Kysely } from 'kysely';

/**
 * Who uploaded which content: several may have brought the same bytes. Of contents that are there already nobody knows;
 * operators with a scope use them in tasks of their scope, or upload them again.
 */
export const contentUploads = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `create table "contentUploads" (
          "contentId" text not null references contents (id),
          "operatorId" text not null references operators (id) on delete cascade,
          primary key ("contentId", "operatorId")) strict, without rowid`,
      )
      .execute(db);
    await sql.raw(`create index "contentUploadsOfOperator" on "contentUploads" ("operatorId")`).execute(db);
  },
};
