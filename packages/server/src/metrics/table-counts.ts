/**
 * Counts of the tables: read once when the server starts, then carried forward by what each commit changed. What ended,
 * and what devices reported, is counted on the way.
 */
import { deliveryTransitions, type DeliveryPath, type DeliveryState } from '@rollcall/api';
import type { CountedChange } from '../core/counted-change.ts';
import type { StoreReader } from '../core/ports.ts';
import { BLOCKED_MESSAGE } from '../core/reception-verdict.ts';
import type { DeliveryRecord, SessionRecord, TaskRecord } from '../core/records.ts';
import { NO_PATH, type Metrics } from './metrics.ts';

export class TableCounts {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Before the first transaction. */
  async begin(reader: StoreReader): Promise<void> {
    for (const { state, path, count } of await reader.deliveryCounts()) this.#count(state, path, count);
    for (const { state, phase, count } of await reader.taskCounts()) this.#metrics.tasks.inc({ state, phase }, count);
    for (const { state } of await reader.openSessions()) this.#metrics.sessionsOpen.inc({ state });
  }

  onCommitted(changes: readonly CountedChange[]): void {
    for (const change of changes) {
      switch (change.kind) {
        case 'deliveries':
          for (const { state, path, count } of change.counts) this.#count(state, path, change.made ? count : -count);
          break;
        case 'delivery':
          this.#onDelivery(change.before, change.after);
          break;
        case 'task':
          this.#onTask(change.before, change.after);
          break;
        case 'session':
          this.#onSession(change.before, change.after);
          break;
      }
    }
  }

  #count(state: DeliveryState, path: DeliveryPath | null, count: number): void {
    this.#metrics.deliveries.inc({ state, path: path ?? NO_PATH }, count);
  }

  #onDelivery(before: DeliveryRecord, after: DeliveryRecord): void {
    const { deliveriesEnded, deliveryLoss, receivedBytes } = this.#metrics;
    this.#count(before.state, before.path, -1);
    this.#count(after.state, after.path, 1);
    // A retry begins at 0 again: what went before was counted then.
    receivedBytes.inc({ path: 'multicast' }, Math.max(0, after.bytesMulticast - before.bytesMulticast));
    receivedBytes.inc({ path: 'unicast' }, Math.max(0, after.bytesUnicast - before.bytesUnicast));
    if (after.state === before.state || !deliveryTransitions.isTerminal(after.state)) return;
    deliveriesEnded.inc({ state: after.state, path: after.path ?? NO_PATH });
    if (after.lossRatio !== null) deliveryLoss.observe(after.lossRatio);
  }

  #onTask(before: TaskRecord | undefined, after: TaskRecord | undefined): void {
    const { tasks, tasksEnded } = this.#metrics;
    if (before !== undefined) tasks.dec({ state: before.state, phase: before.phase });
    if (after !== undefined) tasks.inc({ state: after.state, phase: after.phase });
    if (after !== undefined && after.outcome !== null && before?.outcome !== after.outcome) {
      tasksEnded.inc({ outcome: after.outcome });
    }
  }

  #onSession(before: SessionRecord | undefined, after: SessionRecord): void {
    const { sessionsOpen, sessionsEnded, sessionsBlocked } = this.#metrics;
    const { state, siteId: site } = after;
    if (before !== undefined && isOpen(before)) sessionsOpen.dec({ state: before.state });
    if (isOpen(after)) sessionsOpen.inc({ state });
    // A site's series begin with its first session, so that a first one that is blocked is an increase.
    if (before === undefined) {
      sessionsBlocked.inc({ site }, 0);
      for (const ended of ['ended', 'failed']) sessionsEnded.inc({ site, state: ended }, 0);
    }
    if ((before === undefined || isOpen(before)) && !isOpen(after)) sessionsEnded.inc({ site, state });
    if (before?.error !== BLOCKED_MESSAGE && after.error === BLOCKED_MESSAGE) sessionsBlocked.inc({ site });
  }
}

function isOpen({ state }: SessionRecord): boolean {
  return state === 'announcing' || state === 'sending';
}
