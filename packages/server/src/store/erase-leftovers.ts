/**
 * Earlier versions deleted without overwriting: an old secret or key may still be in their database's free pages, and in what rows
 * left of the others. Writing the file anew from what is in it (VACUUM) leaves none of it; once is enough, as this version overwrites.
 *
 * It needs the file's size twice more for as long as it lasts, some ten seconds a GiB, and nobody is served meanwhile. So it is
 * tried again where it failed, but not where it was cut off: a service manager that waits for so long and no longer would start
 * the server for ever.
 */
import { sql, type Kysely } from 'kysely';
import type { Logger } from 'pino';
import { emptyLog } from './empty-log.ts';
import type { Database } from './schema.ts';

const KEY = 'leftovers';

/** @param isNew made by this version: there is nothing of before in it */
export async function eraseLeftovers(db: Kysely<Database>, isNew: boolean, log: Logger | undefined): Promise<void> {
  try {
    const before = await db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst();
    if (before?.value === 'settled') return;
    if (before?.value === 'begun') {
      log?.warn(
        'an earlier start was cut off while it wrote the database anew: what earlier versions deleted may still be in it. ' +
          'Stop the server, run sqlite3 rollcall.db vacuum, and start it again',
      );
    } else if (!isNew) {
      await writeAnew(db, log);
    }
    await note(db, 'settled');
  } catch (err) {
    // A full disk, say. Nobody has to wait for that: the database is as good as it was.
    log?.warn({ err }, 'the database could not be written anew; the next start tries it again');
  }
}

async function writeAnew(db: Kysely<Database>, log: Logger | undefined): Promise<void> {
  const beginning = performance.now();
  await note(db, 'begun');
  log?.info('the database is written anew, this once, so that nothing is left in it of what was deleted');
  try {
    await sql`vacuum`.execute(db);
  } catch (error) {
    // First: what it wrote so far may have taken the last of the disk.
    await emptyLog(db);
    await db.deleteFrom('meta').where('key', '=', KEY).execute();
    throw error;
  }
  await emptyLog(db);
  log?.info({ durationMs: Math.round(performance.now() - beginning) }, 'the database was written anew');
}

async function note(db: Kysely<Database>, value: 'begun' | 'settled'): Promise<void> {
  await db
    .insertInto('meta')
    .values({ key: KEY, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}
