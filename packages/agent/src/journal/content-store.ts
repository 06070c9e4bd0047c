import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContentDescription } from '@rollcall/api';
import { RETAINED_CONTENT_MILLISECONDS_MAX } from '../limits.ts';
import { isMissing, writeFileDurably } from '../storage/durable.ts';
import { removeTree } from '../storage/remove-tree.ts';
import { StoredContent } from './stored-content.ts';

/** Beside a content that no task needs and a retry may want: until when it stays (milliseconds since 1970). */
const RETAINED_UNTIL = 'retained-until';

/** The contents on this device's disk, one folder each, opened at most once: two tasks with one content share it. */
export class ContentStore {
  readonly #folder: string;
  readonly #open = new Map<string, Promise<StoredContent>>();
  /** What is being closed or removed; opening the same again waits for it. */
  readonly #releasing = new Map<string, Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param contentKey see `StoredContent.open` */
  async open(description: ContentDescription, contentKey?: string): Promise<StoredContent> {
    const { id } = description;
    let opening = this.#open.get(id);
    if (opening === undefined) {
      opening = this.#openAnew(description, contentKey);
      this.#open.set(id, opening);
      opening.catch(() => this.#open.delete(id));
    }
    return opening;
  }

  /** Closes it, and removes it, or keeps it for a while for a retry. */
  async release(id: string, retainUntil: number | undefined): Promise<void> {
    const opening = this.#open.get(id);
    this.#open.delete(id);
    await this.#alone(id, () => this.#release(id, opening, retainUntil));
  }

  /** Removes what no task has open and is not kept for a retry any more. With `isSpaceNeeded`, also what is kept. */
  async purge(utc: number, isSpaceNeeded = false): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const id of await readdir(this.#folder)) {
      if (this.#open.has(id) || this.#releasing.has(id)) continue;
      await this.#alone(id, async () => {
        const until = await this.#retainedUntil(id, utc);
        // A clock that was set back must not keep it for ever.
        const isKept = until > utc && until - utc <= RETAINED_CONTENT_MILLISECONDS_MAX;
        if (!isKept || isSpaceNeeded) await removeTree(this.#folderOf(id));
      });
    }
  }

  async close(): Promise<void> {
    for (const opening of this.#open.values()) await (await opening.catch(() => undefined))?.close();
    this.#open.clear();
  }

  /** Nothing else is done to this content meanwhile: who opens it waits. */
  async #alone(id: string, work: () => Promise<void>): Promise<void> {
    const working = (this.#releasing.get(id) ?? Promise.resolve()).then(work);
    const settled = working.catch(() => undefined);
    this.#releasing.set(id, settled);
    try {
      await working;
    } finally {
      if (this.#releasing.get(id) === settled) this.#releasing.delete(id);
    }
  }

  async #release(
    id: string,
    opening: Promise<StoredContent> | undefined,
    retainUntil: number | undefined,
  ): Promise<void> {
    const content = await opening?.catch(() => undefined);
    await content?.close();
    if (content !== undefined && content.bytesHeld > 0 && retainUntil !== undefined) {
      await writeFileDurably(join(this.#folderOf(id), RETAINED_UNTIL), `${retainUntil}\n`);
    } else {
      await removeTree(this.#folderOf(id));
    }
  }

  async #openAnew(description: ContentDescription, contentKey: string | undefined): Promise<StoredContent> {
    await this.#releasing.get(description.id);
    const folder = this.#folderOf(description.id);
    const content = await StoredContent.open(folder, description, contentKey);
    await removeTree(join(folder, RETAINED_UNTIL));
    return content;
  }

  /** 0: nobody asked for it to be kept. */
  async #retainedUntil(id: string, utc: number): Promise<number> {
    try {
      return Number(await readFile(join(this.#folderOf(id), RETAINED_UNTIL), 'utf8'));
    } catch (error) {
      // What cannot be read at the moment may say that it is kept.
      return isMissing(error) ? 0 : utc + 1;
    }
  }

  #folderOf(id: string): string {
    return join(this.#folder, id);
  }
}
