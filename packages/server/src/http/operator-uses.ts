/** When each operator's token was last used, and from where: written once in a while, not at each request. */
import type { Store } from '../core/ports.ts';
import { OPERATOR_USE_WRITTEN_EVERY_MS } from '../limits.ts';

export interface OperatorUsesPorts {
  readonly store: Store;
  readonly now: () => number;
  readonly monotonicNow: () => number;
  readonly onError: (error: unknown) => void;
}

export class OperatorUses {
  readonly #ports: OperatorUsesPorts;
  readonly #writtenAt = new Map<string, number>();

  constructor(ports: OperatorUsesPorts) {
    this.#ports = ports;
  }

  note(operatorId: string, address: string): void {
    const { store, now, monotonicNow, onError } = this.#ports;
    const before = this.#writtenAt.get(operatorId);
    if (before !== undefined && monotonicNow() - before < OPERATOR_USE_WRITTEN_EVERY_MS) return;
    this.#writtenAt.set(operatorId, monotonicNow());
    // Nobody waits for it, and a full disk stops nobody from working.
    store.transact((transactor) => transactor.noteOperatorUse(operatorId, now(), address)).catch(onError);
  }
}
