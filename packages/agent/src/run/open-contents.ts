import type { ContentDescription } from '@rollcall/api';
import type { ContentView, ReceptionFigures } from '../core/task-command.ts';
import type { ContentStore } from '../journal/content-store.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import { RETAINED_CONTENT_MILLISECONDS_MAX } from '../limits.ts';

interface Loan {
  /** The action has ended. */
  readonly over: Promise<void>;
  /** Under way, or done, when another task wants the content. */
  takenBack: Promise<void> | undefined;
}

/** The contents that tasks have open, for the core's questions, which must be answered at once. */
export class OpenContents implements ContentView {
  readonly #store: ContentStore;
  readonly #open = new Map<string, StoredContent>();
  /** Contents whose file an action has used for its target: who opens one gets a file that is the store's alone again. */
  readonly #loans = new Map<string, Loan>();

  constructor(store: ContentStore) {
    this.#store = store;
  }

  /** @param contentKey see `StoredContent.open` */
  async open(description: ContentDescription, contentKey?: string): Promise<StoredContent> {
    await this.#takeBack(description.id);
    const content = await this.#store.open(description, contentKey);
    this.#open.set(description.id, content);
    return content;
  }

  /** An action uses the file for its target. To be called when it has ended, however it did. */
  lend(id: string): () => void {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    this.#loans.set(id, { over, takenBack: undefined });
    return resolve;
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
    // Opened from the disk again, a file with another name is copied anyway.
    this.#loans.delete(id);
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

  async #takeBack(id: string): Promise<void> {
    const loan = this.#loans.get(id);
    if (loan === undefined) return;
    loan.takenBack ??= loan.over.then(() => this.#open.get(id)?.unshare());
    try {
      await loan.takenBack;
      if (this.#loans.get(id) === loan) this.#loans.delete(id);
    } catch (error) {
      // No space for it now: the next who wants it tries again.
      loan.takenBack = undefined;
      throw error;
    }
  }
}
