import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, makeDirectory, writeFileDurably } from '../../storage/durable.ts';
import { BATCH_IDS_KEPT } from '../limits.ts';

interface DoneBatch {
  readonly batchId: string;
  readonly sequence: number;
}

interface Content {
  /** Up to this sequence nobody remembers any more which batches were done. */
  readonly forgottenSequence: number;
  /** Batches that were done, by sequence. */
  readonly done: readonly DoneBatch[];
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
      return new ChannelRecord(directory, path, { forgottenSequence: 0, done: [] });
    }
  }

  isDone(batchId: string): boolean {
    return this.#content.done.some((batch) => batch.batchId === batchId);
  }

  /** Whether no batch was done under this sequence, for certain. */
  isFree(sequence: number): boolean {
    const { forgottenSequence, done } = this.#content;
    return sequence > forgottenSequence && !done.some((batch) => batch.sequence === sequence);
  }

  async recordStarted(batchId: string): Promise<void> {
    await this.#write({ ...this.#content, started: batchId });
  }

  async recordDone(batchId: string, sequence: number): Promise<void> {
    const others = this.#content.done.filter((known) => known.batchId !== batchId);
    const all = [...others, { batchId, sequence }].sort((left, right) => left.sequence - right.sequence);
    const done = all.slice(-BATCH_IDS_KEPT);
    const forgottenSequence = all.at(-BATCH_IDS_KEPT - 1)?.sequence ?? this.#content.forgottenSequence;
    await this.#write({ forgottenSequence, done });
  }

  async #write(content: Content): Promise<void> {
    await makeDirectory(this.#directory);
    await writeFileDurably(this.#path, JSON.stringify(content));
    this.#content = content;
  }
}
