import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { ReplayGuard } from '../core/trust/replay-guard.ts';
import type { TaskRecord } from '../core/task-record.ts';
import { errorCode, removeFileDurably, writeFileDurably } from '../storage/durable.ts';
import { decodeRecord, recordFileName } from './decode-record.ts';
import { ReplayLog } from './replay-log.ts';

/** Given up when the disk is full, so that the device can still say that it is. As much as a dozen records with output. */
const RESERVE_BYTES = 1024 * 1024;

/**
 * One file for each attempt at a task: where it stands, and the reports that the server has not acknowledged. What must be
 * remembered of an attempt beyond that is in the log of the replay guard.
 */
export class TaskJournal {
  readonly #folder: string;
  readonly #reserve: string;
  readonly #replays: ReplayLog;
  /** Knows every attempt that was saved here, now or earlier. */
  readonly guard: ReplayGuard;

  private constructor(folder: string, reserve: string, replays: ReplayLog, guard: ReplayGuard) {
    this.#folder = folder;
    this.#reserve = reserve;
    this.#replays = replays;
    this.guard = guard;
  }

  /** @param folder of the whole journal */
  static async open(folder: string): Promise<TaskJournal> {
    const tasks = join(folder, 'tasks');
    await mkdir(tasks, { recursive: true, mode: 0o700 });
    const { log, entries } = await ReplayLog.open(join(folder, 'ended.log'));
    const journal = new TaskJournal(tasks, join(folder, 'reserve'), log, new ReplayGuard(entries));
    await journal.#keepReserve();
    return journal;
  }

  /**
   * What there is. A damaged file is removed: the server names its task again. One that cannot be read at this moment is not
   * damaged: to go on without it would be to forget reports that nobody has yet, so that error is the caller's.
   */
  async load(log: Logger): Promise<TaskRecord[]> {
    const records: TaskRecord[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const record = name.endsWith('.json') ? decodeRecord(name, await readIfFile(path)) : undefined;
      if (record !== undefined) {
        records.push(record);
        await this.#keepFromReplay(record);
        continue;
      }
      // Files half written under their temporary names are no damage.
      if (name.endsWith('.json')) log.warn({ file: path }, 'removed a damaged journal file');
      await rm(path, { recursive: true, force: true });
    }
    return records;
  }

  async save(record: TaskRecord): Promise<void> {
    const text = JSON.stringify(record);
    await this.#withReserve(() => writeFileDurably(this.#pathOf(record.manifest), text));
    await this.#withReserve(() => this.#keepFromReplay(record));
  }

  async forget(task: { readonly taskId: string; readonly attempt: number }): Promise<void> {
    await removeFileDurably(this.#pathOf(task));
    await this.#keepReserve();
  }

  async close(): Promise<void> {
    await this.#replays.close();
  }

  async #keepFromReplay(record: TaskRecord): Promise<void> {
    const entry = this.guard.entryToKeep(record);
    if (entry === undefined) return;
    await this.#replays.add(entry, this.guard.entries());
    this.guard.handleKept(entry);
  }

  async #withReserve(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) throw error;
      await rm(this.#reserve, { force: true });
      await write();
    }
  }

  async #keepReserve(): Promise<void> {
    // A disk without even this room has used the reserve already; the next record that goes frees some.
    await writeFile(this.#reserve, new Uint8Array(RESERVE_BYTES), { flag: 'wx', mode: 0o600 }).catch(() => undefined);
  }

  #pathOf(task: { readonly taskId: string; readonly attempt: number }): string {
    return join(this.#folder, recordFileName(task));
  }
}

/** Empty: it is a folder, which no record is. */
async function readIfFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'EISDIR') return '';
    throw error;
  }
}
