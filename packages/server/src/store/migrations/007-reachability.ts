import { sql, type Kysely } from 'kysely';

/** What the last probe of each device found out. */
export const reachability = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `create table reachability (
          "deviceId" text primary key references devices (id), "probedAt" integer not null, result text not null) strict, without rowid`,
      )
      .execute(db);
  },
};
