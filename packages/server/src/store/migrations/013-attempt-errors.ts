import { sql, type Kysely } from 'kysely';

/** Why an attempt failed or was rejected is kept when the next one begins. Of those that are over nobody knows. */
export const attemptErrors = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(`alter table attempts add column error text`).execute(db);
  },
};
