/** The store as everything but itself sees it: a transaction of an audited operation carries the operation's entry. */
import type { Store, StoreReader, StoreTransactor } from '../core/ports.ts';
import { AuditScope } from './audit-scope.ts';

export class AuditedStore implements Store {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get reader(): StoreReader {
    return this.#store.reader;
  }

  transact<Result>(work: (transactor: StoreTransactor) => Promise<Result>): Promise<Result> {
    const scope = AuditScope.current;
    if (scope?.isOwed !== true) return this.#store.transact(work);
    return scope.settling((owed) => this.#store.transact(owed), work);
  }
}
