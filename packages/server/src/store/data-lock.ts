/**
 * One server per data directory. The lock is an exclusive transaction on a small database: the kernel lets go of it
 * when the process ends, however it ends.
 */
import { DatabaseSync } from 'node:sqlite';

export class DataLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Undefined: another process has it. */
  static take(file: string): DataLock | undefined {
    const database = new DatabaseSync(file);
    try {
      database.exec('pragma busy_timeout = 0; pragma journal_mode = delete; begin exclusive');
      return new DataLock(database);
    } catch (error) {
      database.close();
      if (/locked|busy/i.test((error as Error).message)) return undefined;
      throw error;
    }
  }

  release(): void {
    this.#database.close();
  }
}
