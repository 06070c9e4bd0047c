import { sql, type Kysely } from 'kysely';

/** Devices' clocks that are wrong are known. */
export const deviceClock = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(`alter table devices add column "clockAheadMs" integer`).execute(db);
  },
};
