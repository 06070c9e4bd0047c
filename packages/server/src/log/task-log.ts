/** Says what becomes of tasks, sessions and deliveries, once it is on disk. */
import type { Logger } from 'pino';
import type { CountedChange } from '../core/counted-change.ts';
import type { DeliveryRecord, SessionRecord, TaskRecord } from '../core/records.ts';

export class TaskLog {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  onCommitted(changes: readonly CountedChange[]): void {
    for (const change of changes) {
      if (change.kind === 'task') this.#onTask(change.before, change.after);
      else if (change.kind === 'session') this.#onSession(change.before, change.after);
      else if (change.kind === 'delivery') this.#onDelivery(change.before, change.after);
    }
  }

  #onTask(before: TaskRecord | undefined, after: TaskRecord | undefined): void {
    const { id: taskId, kind, createdBy } = (after ?? before)!;
    if (after === undefined) this.#log.info({ taskId }, 'a task was deleted');
    else if (before === undefined) {
      this.#log.info({ taskId, kind, createdBy, targets: after.targetCount }, 'a task was created');
    } else if (before.state !== after.state || before.phase !== after.phase) {
      const { state, phase, outcome } = after;
      this.#log.info({ taskId, state, phase, ...(outcome === null ? {} : { outcome }) }, 'a task went on');
    }
  }

  #onSession(before: SessionRecord | undefined, after: SessionRecord): void {
    const { id: sessionId, taskId, siteId, state, error, bytesSent, repairBytes } = after;
    if (before?.state === state && before.error === error) return;
    const facts = { taskId, sessionId, siteId, state };
    if (state === 'announcing' || state === 'sending') this.#log.info(facts, 'a multicast session went on');
    else if (error === null) this.#log.info({ ...facts, bytesSent, repairBytes }, 'a multicast session is over');
    else
      this.#log.warn(
        { ...facts, bytesSent, repairBytes, reason: error },
        'a multicast session did not go as it should',
      );
  }

  #onDelivery(before: DeliveryRecord, after: DeliveryRecord): void {
    const { taskId, deviceId, attempt, state, reason, path, error } = after;
    if (before.state === state && before.reason === reason) return;
    const why = { ...(reason === null ? {} : { reason }), ...(path === null ? {} : { path }) };
    this.#log.debug(
      { taskId, deviceId, attempt, state, ...why, ...(error === null ? {} : { error }) },
      'a delivery went on',
    );
  }
}
