/**
 * The embedded store: one SQLite file, one writer, and a reader beside it that never waits for the writer (WAL).
 *
 * Transactions run one after the other. That is also what numbers the events in commit order without a gap.
 */
import type { RollcallEvent } from '@rollcall/api';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Store, StoreTransactor } from '../core/ports.ts';
import { migrations } from './migrations/index.ts';
import { NodeSqlite } from './node-sqlite.ts';
import type { Database } from './schema.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { SqliteTransactor } from './sqlite-transactor.ts';

export class SqliteStore implements Store {
  readonly reader: SqliteReader;
  readonly #readerDb: Kysely<Database>;
  readonly #writerDb: Kysely<Database>;
  readonly #onEvents: (events: readonly RollcallEvent[]) => void;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    writerDb: Kysely<Database>,
    readerDb: Kysely<Database>,
    onEvents: (events: readonly RollcallEvent[]) => void,
  ) {
    this.#writerDb = writerDb;
    this.#readerDb = readerDb;
    this.#onEvents = onEvents;
    this.reader = new SqliteReader(readerDb);
  }

  /** @param onEvents told after every commit, in order, what it added to the events table. */
  static async open(path: string, onEvents: (events: readonly RollcallEvent[]) => void): Promise<SqliteStore> {
    const writerDb = open(path, false);
    const migrator = new Migrator({ db: writerDb, provider: { getMigrations: async () => ({ ...migrations }) } });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) {
      await writerDb.destroy();
      throw new Error('the database could not be brought to this version', { cause: error });
    }
    return new SqliteStore(writerDb, open(path, true), onEvents);
  }

  transact<Result>(work: (transactor: StoreTransactor) => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(() => this.#run(work));
    // A transaction that failed is its caller's matter; the next one goes on.
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#readerDb.destroy();
    await this.#writerDb.destroy();
  }

  async #run<Result>(work: (transactor: StoreTransactor) => Promise<Result>): Promise<Result> {
    let events: readonly RollcallEvent[] = [];
    const result = await this.#writerDb.transaction().execute(async (transaction) => {
      const transactor = new SqliteTransactor(transaction);
      const value = await work(transactor);
      events = transactor.events;
      return value;
    });
    if (events.length > 0) this.#onEvents(events);
    return result;
  }
}

function open(path: string, isReader: boolean): Kysely<Database> {
  return new Kysely<Database>({ dialect: new SqliteDialect({ database: new NodeSqlite(path, { isReader }) }) });
}
