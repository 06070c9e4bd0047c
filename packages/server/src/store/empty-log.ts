import { sql, type Kysely } from 'kysely';
import { BUSY_MS } from './node-sqlite.ts';
import type { Database } from './schema.ts';

/**
 * Brings the write-ahead log into the file, and leaves nothing in it. While another process reads (a backup, say) it cannot be
 * done, and is not waited for: the next one does it, and so does closing.
 */
export async function emptyLog(db: Kysely<Database>): Promise<void> {
  await sql`pragma busy_timeout = 0`.execute(db);
  // What was committed is committed, whatever becomes of this.
  await sql`pragma wal_checkpoint(truncate)`.execute(db).catch(() => undefined);
  await sql.raw(`pragma busy_timeout = ${BUSY_MS}`).execute(db);
}
