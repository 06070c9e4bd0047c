import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, makeDirectory, writeFileDurably } from '../../storage/durable.ts';
import { BATCH_IDS_KEPT } from '../limits.ts';

interface Content {
  /** Sequence of the last batch that was done; 0 before the first. */
  readonly lastSequence: number;
  /** Batches that were done, oldest first. */
  readonly done: readonly string[];
  /** A batch whose command was started and has not been seen to end. */
  readonly started?: string;
}

/**
 * What a channel has been given, durable before anybody relies on it.
 *
 * A batch that is recorded as done never runs again. One that was started and not seen to end runs again under the
 * same id: only its command can know how far it came, and ROLLCALL_BATCH_ID tells it that it was there before.
 */
export class ChannelRecord {
  readonly #directory: string;
  readonly #path: string;
  #content: Content;

  private constructor(directory: string, path: string, content: Content) {
    this.#directory = directory;
    this.#path = path;
    this.#content = content;
  }

  static async open(dataDirectory: string, channel: string): Promise<ChannelRecord> {
    const directory = join(dataDirectory, 'channels');
    const path = join(directory, `${channel}.json`);
    try {
      return new ChannelRecord(directory, path, JSON.parse(await readFile(path, 'utf8')) as Content);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      return new ChannelRecord(directory, path, { lastSequence: 0, done: [] });
    }
  }

  get lastSequence(): number {
    return this.#content.lastSequence;
  }

  isDone(batchId: string): boolean {
    return this.#content.done.includes(batchId);
  }

  async recordStarted(batchId: string): Promise<void> {
    await this.#write({ ...this.#content, started: batchId });
  }

  async recordDone(batchId: string, sequence: number): Promise<void> {
    const done = [...this.#content.done.filter((known) => known !== batchId), batchId].slice(-BATCH_IDS_KEPT);
    await this.#write({ lastSequence: Math.max(sequence, this.#content.lastSequence), done });
  }

  async #write(content: Content): Promise<void> {
    await makeDirectory(this.#directory);
    await writeFileDurably(this.#path, JSON.stringify(content));
    this.#content = content;
  }
}
