import { type FileHandle, open, readFile } from 'node:fs/promises';
import { deliveryTransitions } from '@rollcall/api';
import type { ReplayEntry } from '../core/trust/replay-guard.ts';
import { REPLAY_LOG_SURPLUS_LINES } from '../limits.ts';
import { errorCode, writeAll, writeFileDurably } from '../storage/durable.ts';

/** How the attempts of a device ended, on disk: a line for each, added at the end, so that each costs one small write. */
export class ReplayLog {
  readonly #path: string;
  #file: FileHandle | undefined;
  #lineCount: number;

  private constructor(path: string, lineCount: number) {
    this.#path = path;
    this.#lineCount = lineCount;
  }

  static async open(path: string): Promise<{ readonly log: ReplayLog; readonly entries: readonly ReplayEntry[] }> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return '';
      throw error;
    });
    const lines = text.split('\n');
    // What follows the last line's end was cut off while it was written: it was never relied on.
    lines.pop();
    const entries = lines.flatMap((line) => parseEntry(line) ?? []);
    const log = new ReplayLog(path, lines.length);
    if (text !== '' && !text.endsWith('\n')) await log.#writeAnew(entries);
    return { log, entries };
  }

  /** On disk when it resolves. `live`: all that still counts, this entry among it. */
  async add(entry: ReplayEntry, live: readonly ReplayEntry[]): Promise<void> {
    if (this.#lineCount >= 2 * live.length + REPLAY_LOG_SURPLUS_LINES) return this.#writeAnew(live);
    if (this.#file === undefined) {
      // Made as a whole, so that its name is durable as well.
      if (this.#lineCount === 0) await writeFileDurably(this.#path, '');
      this.#file = await open(this.#path, 'a', 0o600);
    }
    const { size } = await this.#file.stat();
    try {
      await writeAll(this.#file, Buffer.from(lineOf(entry)));
      await this.#file.datasync();
    } catch (error) {
      // Half a line would spoil the next one.
      await this.#file.truncate(size).catch(() => undefined);
      throw error;
    }
    this.#lineCount += 1;
    return undefined;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #writeAnew(entries: readonly ReplayEntry[]): Promise<void> {
    await this.close();
    await writeFileDurably(this.#path, entries.map(lineOf).join(''));
    this.#lineCount = entries.length;
  }
}

function lineOf(entry: ReplayEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

function parseEntry(line: string): ReplayEntry | undefined {
  try {
    const { taskId, attempt, expiresAt, end } = JSON.parse(line) as ReplayEntry;
    const isEntry =
      typeof taskId === 'string' &&
      Number.isSafeInteger(attempt) &&
      Number.isSafeInteger(expiresAt) &&
      (end === undefined || deliveryTransitions.isTerminal(end));
    return isEntry ? { taskId, attempt, expiresAt, ...(end === undefined ? {} : { end }) } : undefined;
  } catch {
    return undefined;
  }
}
