/**
 * The embedded store: one SQLite file, one writer, and a reader beside it that never waits for the writer (WAL).
 *
 * Transactions run one after the other; that is also what numbers the events in commit order without a gap. Those that
 * wait at the same time share one commit, each in a savepoint of its own: a storm of reports costs one wait for the
 * disk for many of them, and one that fails takes only itself back.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RollcallEvent } from '@rollcall/api';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Logger } from 'pino';
import type { CountedChange } from '../core/counted-change.ts';
import type { Store, StoreTransactor } from '../core/ports.ts';
import { emptyLog } from './empty-log.ts';
import { eraseLeftovers } from './erase-leftovers.ts';
import { migrations } from './migrations/index.ts';
import { NodeSqlite } from './node-sqlite.ts';
import type { Database } from './schema.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { SqliteTransactor } from './sqlite-transactor.ts';

/** A transaction that waits for its turn. */
interface Work {
  /** In the caller's asynchronous context: those that share a commit must not pass for one another. */
  readonly inContext: <Result>(run: () => Result) => Result;
  /** Runs within the savepoint; gives what to do when it is on disk. */
  readonly run: (transactor: StoreTransactor) => Promise<() => void>;
  readonly fail: (error: unknown) => void;
}

/** Who keeps counts and times, and writes down what a start has to do besides. */
export interface StoreObserver {
  readonly log: Logger;
  /** After a commit, in order. */
  onCommitted(changes: readonly CountedChange[]): void;
  onQuery(connection: 'reader' | 'writer', millis: number): void;
}

export class SqliteStore implements Store {
  readonly reader: SqliteReader;
  readonly #readerDb: Kysely<Database>;
  readonly #writerDb: Kysely<Database>;
  readonly #onEvents: (events: readonly RollcallEvent[]) => void;
  readonly #observer: StoreObserver | undefined;
  readonly #waiting: Work[] = [];
  #draining: Promise<void> | undefined;

  private constructor(
    writerDb: Kysely<Database>,
    readerDb: Kysely<Database>,
    onEvents: (events: readonly RollcallEvent[]) => void,
    observer: StoreObserver | undefined,
  ) {
    this.#writerDb = writerDb;
    this.#readerDb = readerDb;
    this.#onEvents = onEvents;
    this.#observer = observer;
    this.reader = new SqliteReader(readerDb);
  }

  /** @param onEvents told after every commit, in order, what it added to the events table. */
  static async open(
    path: string,
    onEvents: (events: readonly RollcallEvent[]) => void,
    observer?: StoreObserver,
  ): Promise<SqliteStore> {
    const writerDb = open(path, 'writer', observer);
    const migrator = new Migrator({ db: writerDb, provider: { getMigrations: async () => ({ ...migrations }) } });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error !== undefined) {
      await writerDb.destroy();
      throw new Error('the database could not be brought to this version', { cause: error });
    }
    // Before the reader is there: it would keep the log from being emptied.
    await eraseLeftovers(writerDb, results.length === Object.keys(migrations).length, observer?.log);
    return new SqliteStore(writerDb, open(path, 'reader', observer), onEvents, observer);
  }

  transact<Result>(work: (transactor: StoreTransactor) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = async (transactor: StoreTransactor) => {
        const result = await work(transactor);
        return () => resolve(result);
      };
      this.#waiting.push({ inContext: AsyncLocalStorage.snapshot(), run, fail: reject });
      this.#draining ??= this.#drain();
    });
  }

  async close(): Promise<void> {
    await this.#draining;
    await this.#readerDb.destroy();
    await this.#writerDb.destroy();
  }

  async #drain(): Promise<void> {
    // What is asked for in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, TRANSACTIONS_PER_COMMIT));
    } finally {
      // In the same turn as the last look at the queue: what comes a moment later begins another drain.
      this.#draining = undefined;
    }
  }

  async #commit(group: readonly Work[]): Promise<void> {
    const settled = new Set<Work>();
    const kept: (() => void)[] = [];
    const events: RollcallEvent[] = [];
    const counted: (() => void)[] = [];
    let hasErased = false;
    try {
      const transaction = await this.#writerDb.startTransaction().execute();
      try {
        for (const work of group) {
          const savepoint = await transaction.savepoint('work').execute();
          const transactor = new SqliteTransactor(savepoint);
          try {
            kept.push(await work.inContext(() => work.run(transactor)));
            events.push(...transactor.events);
            hasErased ||= transactor.hasErased;
            counted.push(() => work.inContext(() => this.#observer?.onCommitted(transactor.counted)));
          } catch (error) {
            await savepoint.rollbackToSavepoint('work').execute();
            settled.add(work);
            work.fail(error);
          }
          await savepoint.releaseSavepoint('work').execute();
        }
        await transaction.commit().execute();
      } catch (error) {
        // A full disk may have rolled it back already.
        await transaction
          .rollback()
          .execute()
          .catch(() => undefined);
        throw error;
      }
    } catch (error) {
      for (const work of group) if (!settled.has(work)) work.fail(error);
      return;
    }
    if (hasErased) await emptyLog(this.#writerDb);
    for (const tell of counted) tell();
    if (events.length > 0) this.#onEvents(events);
    for (const keep of kept) keep();
  }
}

function open(path: string, connection: 'reader' | 'writer', observer: StoreObserver | undefined): Kysely<Database> {
  const database = new NodeSqlite(path, { isReader: connection === 'reader' });
  return new Kysely<Database>({
    dialect: new SqliteDialect({ database }),
    ...(observer && {
      log: ({ level, queryDurationMillis }) => {
        if (level === 'query') observer.onQuery(connection, queryDurationMillis);
      },
    }),
  });
}

/** Few enough that the first of a group does not wait long for the last. */
const TRANSACTIONS_PER_COMMIT = 64;
