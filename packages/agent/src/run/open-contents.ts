import type { ContentDescription } from '@rollcall/api';
import type { ContentView, ReceptionFigures } from '../core/task-command.ts';
import type { ContentStore } from '../journal/content-store.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import { RETAINED_CONTENT_MILLISECONDS_MAX } from '../limits.ts';

interface Loan {
  readonly over: Promise<void>;
  /** Another task wants the content. */
  isAwaited: boolean;
}

/** The contents that tasks have open, for the core's questions, which must be answered at once. */
export class OpenContents implements ContentView {
  readonly #store: ContentStore;
  readonly #open = new Map<string, StoredContent>();
  /** Contents whose file an action uses for its target: another task waits until it is the store's alone again. */
  readonly #loans = new Map<string, Loan>();

  constructor(store: ContentStore) {
    this.#store = store;
  }

  async open(description: ContentDescription): Promise<StoredContent> {
    const loan = this.#loans.get(description.id);
    if (loan !== undefined) {
      loan.isAwaited = true;
      await loan.over;
    }
    const content = await this.#store.open(description);
    this.#open.set(description.id, content);
    return content;
  }

  /** An action uses the file for its target. What it gives back is the store's alone, if anybody still has a use for it. */
  lend(id: string): (isRetained: boolean) => Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const loan = { over: promise, isAwaited: false };
    this.#loans.set(id, loan);
    return async (isRetained) => {
      try {
        if (isRetained || loan.isAwaited) await this.require(id).unshare();
      } finally {
        this.#loans.delete(id);
        resolve();
      }
    };
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
