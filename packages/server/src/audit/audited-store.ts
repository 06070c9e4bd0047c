/** The store as everything but itself sees it: a transaction of a request carries its entry in the audit log, and its key. */
import type { Store, StoreReader, StoreTransactor } from '../core/ports.ts';
import { IdempotencyKeys } from '../http/idempotency.ts';
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
    const keyed = IdempotencyKeys.withKey(work);
    if (scope?.isOwed !== true) return this.#store.transact(keyed);
    return scope.settling((owed) => this.#store.transact(owed), keyed);
  }
}
