import type { Micros } from '../time.ts';
import { type BlockRepair, RepairQueue } from './repair-queue.ts';
import type { SenderObject } from './sender-object.ts';

/** All repair that is pending: the group's, and behind it what only stragglers lack. */
export class RepairBacklog {
  readonly group = new RepairQueue();
  /** Nothing of it is sent while there is anything else to send. */
  readonly stragglers = new RepairQueue();

  get isEmpty(): boolean {
    return this.group.isEmpty && this.stragglers.isEmpty;
  }

  /** When the first repair may be sent, see `RepairQueue`. */
  readyAt(aggregation: Micros): Micros | undefined {
    return this.#first().readyAt(aggregation);
  }

  next(now: Micros, aggregation: Micros): BlockRepair | undefined {
    return this.#first().next(now, aggregation);
  }

  /** A symbol of the repair that `next` named last has been sent, see `RepairQueue`. */
  onSent(now: Micros, repair: BlockRepair, named: number | undefined): boolean {
    return this.#first().onSent(now, repair, named);
  }

  forget(object: SenderObject): void {
    this.group.forget(object);
    this.stragglers.forget(object);
  }

  // A private getter would be looked up by the engine's runtime, for each datagram.
  #first(): RepairQueue {
    return this.group.isEmpty ? this.stragglers : this.group;
  }
}
