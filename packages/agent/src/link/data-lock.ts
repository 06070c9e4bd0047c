import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../agent-error.ts';
import type { DataDirectory } from './data-directory.ts';

/**
 * Keeps a second agent off a data directory. The lock is the operating system's, taken by SQLite on an empty database:
 * it ends with the process, however that ends, and needs no clean-up.
 */
export class DataLock implements Disposable {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  static take(directory: DataDirectory): DataLock {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(directory.lock);
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return new DataLock(database);
    } catch (error) {
      database?.close();
      if (error instanceof Error && /locked|busy/i.test(error.message)) {
        throw new AgentError(
          'locked',
          `another agent runs on ${directory.path}: stop it, or use another data directory`,
          {
            cause: error,
          },
        );
      }
      throw new AgentError('data_unusable', `cannot lock ${directory.path}: ${String(error)}`, { cause: error });
    }
  }

  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
