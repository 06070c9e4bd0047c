/** node:sqlite in the shape that kysely's SQLite dialect asks for. Statements are prepared once. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** How long a lock that another process holds is waited for. */
export const BUSY_MS = 5_000;

export class NodeSqlite implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(path: string, options: { readonly isReader: boolean }) {
    this.#database = new DatabaseSync(path, { readOnly: options.isReader });
    this.#database.exec(`pragma busy_timeout = ${BUSY_MS}`);
    if (options.isReader) return;
    // Acknowledged is on disk: every commit waits for the disk.
    this.#database.exec('pragma journal_mode = WAL; pragma synchronous = FULL; pragma foreign_keys = ON');
    // Deleted is gone: a key or a secret would stay in the free pages of the file, and in every backup of it.
    this.#database.exec('pragma secure_delete = ON');
  }

  prepare(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = adapt(this.#database.prepare(sql));
    if (this.#statements.size >= STATEMENTS_MAX) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

function adapt(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  };
}

/** The queries differ by lists of names only; more than this are such lists. */
const STATEMENTS_MAX = 500;
