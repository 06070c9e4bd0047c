import { sql, type Kysely } from 'kysely';

/** Sessions say whom they left to unicast. */
export const handedOver = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(`alter table sessions add column "handedOver" text not null default '[]'`).execute(db);
  },
};
