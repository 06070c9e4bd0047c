/**
 * The entry that an operation owes the audit log. The first transaction of the operation writes it, so that the change
 * and its entry are on disk together or not at all.
 *
 * It goes along with the call (AsyncLocalStorage) and not through every signature between the door and the store: a
 * handler that is new, or was written in a hurry, cannot leave it out.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditNote } from '@rollcall/api';
import type { StoreTransactor } from '../core/ports.ts';

export type OwedEntry = Pick<AuditNote, 'at' | 'source' | 'operation' | 'details'> & {
  /** Undefined: whoever the transaction makes a device of. */
  readonly actor: AuditNote['actor'] | undefined;
};

export class AuditScope {
  static readonly #current = new AsyncLocalStorage<AuditScope>();
  readonly #owed: OwedEntry;
  #state: 'owed' | 'being_written' | 'written' = 'owed';

  constructor(owed: OwedEntry) {
    this.#owed = owed;
  }

  /** The scope of the operation that is being answered here. */
  static get current(): AuditScope | undefined {
    return this.#current.getStore();
  }

  get isOwed(): boolean {
    return this.#state === 'owed';
  }

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return AuditScope.#current.run(this, work);
  }

  /** Wraps a transaction so that it ends with the entry. One that fails takes the entry back with it. */
  settling<Result>(
    transact: (work: (transactor: StoreTransactor) => Promise<Result>) => Promise<Result>,
    work: (transactor: StoreTransactor) => Promise<Result>,
  ): Promise<Result> {
    this.#state = 'being_written';
    return transact(async (transactor) => {
      const result = await work(transactor);
      await transactor.appendAudit(this.#noteOf(transactor));
      return result;
    }).then(
      (result) => {
        this.#state = 'written';
        return result;
      },
      (error: unknown) => {
        this.#state = 'owed';
        throw error;
      },
    );
  }

  #noteOf({ touched }: StoreTransactor): AuditNote {
    const { subjects, deviceCount } = touched;
    const joined = subjects.find(({ kind }) => kind === 'device');
    const actor = this.#owed.actor ?? { kind: 'device', id: joined?.id ?? null, name: joined?.name ?? null };
    return { ...this.#owed, actor, outcome: 'done', subjects: [...subjects], deviceCount };
  }
}
