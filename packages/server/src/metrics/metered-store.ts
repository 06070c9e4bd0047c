/** The store with its times: how long a transaction took from the call to the disk, its wait for its turn included. */
import type { Store, StoreReader, StoreTransactor } from '../core/ports.ts';
import type { Metrics } from './metrics.ts';

export class MeteredStore implements Store {
  readonly #store: Store;
  readonly #metrics: Metrics;

  constructor(store: Store, metrics: Metrics) {
    this.#store = store;
    this.#metrics = metrics;
  }

  get reader(): StoreReader {
    return this.#store.reader;
  }

  async transact<Result>(work: (transactor: StoreTransactor) => Promise<Result>): Promise<Result> {
    const since = performance.now();
    let outcome: 'committed' | 'failed' = 'failed';
    try {
      const result = await this.#store.transact(work);
      outcome = 'committed';
      return result;
    } finally {
      this.#metrics.transactionSeconds.observe({ outcome }, (performance.now() - since) / 1000);
    }
  }
}
