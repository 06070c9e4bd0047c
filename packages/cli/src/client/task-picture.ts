/**
 * How a task stands, carried forward by its events: a whole picture after each (re)connection, then one delivery after
 * the other. The server counts in the row of the task; its events tell of single deliveries.
 */
import type { DeliveryCounts, TaskDetails, TaskSummary } from '@rollcall/api';
import type { StreamedEvent } from '@rollcall/client';

export type Standing = Pick<TaskSummary, 'state' | 'phase' | 'outcome' | 'counts'>;

export class TaskPicture {
  readonly #states = new Map<string, keyof DeliveryCounts>();
  #standing: Standing | undefined;

  /** Undefined before the first picture was taken. */
  get standing(): Standing | undefined {
    return this.#standing;
  }

  take(task: TaskDetails): void {
    this.#states.clear();
    for (const { device, state } of task.deliveries) this.#states.set(device.id, state);
    this.#standing = { state: task.state, phase: task.phase, outcome: task.outcome, counts: task.counts };
  }

  /** True when something about the standing changed. */
  apply(event: StreamedEvent): boolean {
    if (this.#standing === undefined) return false;
    if (event.type === 'task') {
      this.#standing = { state: event.state, phase: event.phase, outcome: event.outcome, counts: event.counts };
      return true;
    }
    if (event.type !== 'delivery') return false;
    const { device, state } = event.delivery;
    const before = this.#states.get(device.id);
    if (before === state) return false;
    this.#states.set(device.id, state);
    this.#standing = { ...this.#standing, counts: this.#count() };
    return true;
  }

  #count(): DeliveryCounts {
    const counts = { ...this.#standing!.counts };
    for (const state of Object.keys(counts) as (keyof DeliveryCounts)[]) counts[state] = 0;
    for (const state of this.#states.values()) counts[state] += 1;
    return counts;
  }
}
