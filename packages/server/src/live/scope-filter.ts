/** Which events an operator with a scope hears of. */
import type { RollcallEvent } from '@rollcall/api';
import type { StoreReader } from '../core/ports.ts';
import { isTaskWithin } from '../core/require-within.ts';
import { isWithin, type Scope } from '../core/scope.ts';

export class ScopeFilter {
  readonly #reader: StoreReader;
  readonly #scope: Scope;
  /** A task's targets are frozen: whether it is within changes only when a device goes over the border. */
  readonly #tasks = new Map<string, boolean>();
  readonly #devices = new Map<string, boolean>();

  constructor(reader: StoreReader, scope: Scope) {
    this.#reader = reader;
    this.#scope = scope;
  }

  async within(events: readonly RollcallEvent[]): Promise<readonly RollcallEvent[]> {
    const told: RollcallEvent[] = [];
    for (const event of events) {
      if (await this.#isWithin(event)) told.push(event);
    }
    return told;
  }

  async #isWithin(event: RollcallEvent): Promise<boolean> {
    if (event.type !== 'device') return this.isTaskWithin(event.taskId);
    // As it is now, and not as the event has it: what has left the scope is none of the operator's business any more.
    const device = (await this.#reader.device(event.device.id)) ?? event.device;
    const isInside = isWithin(this.#scope, device);
    if (this.#devices.get(device.id) !== isInside) this.#tasks.clear();
    this.#devices.set(device.id, isInside);
    // What it was called before it came into the scope is not told.
    return isInside && isWithin(this.#scope, event.device);
  }

  async isTaskWithin(taskId: string): Promise<boolean> {
    const known = this.#tasks.get(taskId);
    if (known !== undefined) return known;
    const isInside = await isTaskWithin(this.#reader, this.#scope, taskId);
    // A task that was deleted has no targets, and what its events tell cannot be judged.
    const isThere = (await this.#reader.task(taskId)) !== undefined;
    if (this.#tasks.size >= TASKS_REMEMBERED_MAX) this.#tasks.clear();
    this.#tasks.set(taskId, isInside && isThere);
    return isInside && isThere;
  }
}

/** Of those that change: what is forgotten is looked up again. */
const TASKS_REMEMBERED_MAX = 10_000;
