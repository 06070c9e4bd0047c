import type { ContentDescription } from '@rollcall/api';
import type { ContentView, ReceptionFigures } from '../core/task-command.ts';
import type { ContentStore } from '../journal/content-store.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import { RETAINED_CONTENT_MILLISECONDS_MAX } from '../limits.ts';

/** The contents that tasks have open, for the core's questions, which must be answered at once. */
export class OpenContents implements ContentView {
  readonly #store: ContentStore;
  readonly #open = new Map<string, StoredContent>();

  constructor(store: ContentStore) {
    this.#store = store;
  }

  async open(description: ContentDescription): Promise<StoredContent> {
    const content = await this.#store.open(description);
    this.#open.set(description.id, content);
    return content;
  }

  get(id: string): StoredContent | undefined {
    return this.#open.get(id);
  }

  /** Of a task that has been planned, and so has its content open. */
  require(id: string): StoredContent {
    const content = this.#open.get(id);
    if (content === undefined) throw new Error(`content ${id} is not open`);
    return content;
  }

  isComplete({ id }: ContentDescription): boolean {
    return this.#open.get(id)?.isComplete === true;
  }

  figures(id: string): ReceptionFigures {
    const content = this.#open.get(id);
    if (content === undefined) return { bytesMulticast: 0, bytesUnicast: 0 };
    const { bytesMulticast, bytesUnicast, lossRatio } = content;
    return { bytesMulticast, bytesUnicast, ...(lossRatio === undefined ? {} : { lossRatio }) };
  }

  /** No task needs it; `isRetained`: one that may be retried did. */
  async release(id: string, isRetained: boolean, utc: number): Promise<void> {
    this.#open.delete(id);
    await this.#store.release(id, isRetained ? utc + RETAINED_CONTENT_MILLISECONDS_MAX : undefined);
    await this.#store.purge(utc);
  }

  /** Removes what is kept for retries only, and with `isSpaceNeeded` also what is kept rightly. */
  async purge(utc: number, isSpaceNeeded = false): Promise<void> {
    await this.#store.purge(utc, isSpaceNeeded);
  }

  async close(): Promise<void> {
    await this.#store.close();
  }
}
