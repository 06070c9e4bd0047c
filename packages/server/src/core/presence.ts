/**
 * Which devices are there. In memory: a check-in that changes nothing writes nothing.
 *
 * A device is online from its check-in or first heartbeat until it has been silent for `SILENCE_SECONDS_MAX`. Each
 * agent process has an instance of its own; while one is alive, another with the same identity is refused.
 */
import { limits } from '@rollcall/api';

export interface Reception {
  readonly taskId: string;
  readonly attempt: number;
  readonly bytesHeld: number;
  readonly bytesMulticast: number;
  readonly bytesUnicast: number;
  /** What it sees of the session's loss; undefined: it hears none. */
  readonly lossRatio?: number | undefined;
}

interface Present {
  instance: string;
  heardAt: number;
  /** Its connection was closed by its own side: it is gone, unless it shows itself within `CLOSED_GRACE_MS`. */
  closedAt: number | undefined;
  receptions: readonly Reception[];
}

export type Arrival = 'known' | 'arrived' | 'refused';

export class Presence {
  readonly #present = new Map<string, Present>();

  /** A sign of life. `refused`: a process with another instance is alive under this identity. */
  hear(deviceId: string, instance: string, now: number): Arrival {
    const present = this.#present.get(deviceId);
    if (present === undefined) {
      this.#present.set(deviceId, { instance, heardAt: now, closedAt: undefined, receptions: [] });
      return 'arrived';
    }
    if (present.instance !== instance) {
      const isAlive = present.closedAt === undefined && now - present.heardAt < ALIVE_MS;
      if (isAlive) return 'refused';
      present.instance = instance;
      present.receptions = [];
    }
    present.heardAt = now;
    present.closedAt = undefined;
    return 'known';
  }

  /** Any authenticated request of a device that is known shows that it lives. */
  touch(deviceId: string, now: number): void {
    const present = this.#present.get(deviceId);
    if (present === undefined) return;
    present.heardAt = now;
  }

  noteReceptions(deviceId: string, receptions: readonly Reception[]): void {
    const present = this.#present.get(deviceId);
    if (present !== undefined) present.receptions = receptions;
  }

  /** Its event stream was closed: the process ended, or comes again at once. */
  noteClosed(deviceId: string, instance: string, now: number): void {
    const present = this.#present.get(deviceId);
    if (present?.instance === instance) present.closedAt = now;
  }

  forget(deviceId: string): void {
    this.#present.delete(deviceId);
  }

  /** Takes out, and gives back, those that have been silent for too long. */
  pollSilent(now: number): string[] {
    const silent: string[] = [];
    for (const [deviceId, { heardAt, closedAt }] of this.#present) {
      // Without its stream, but in the middle of a download: it lives.
      const isClosed = closedAt !== undefined && now - Math.max(closedAt, heardAt) >= CLOSED_GRACE_MS;
      if (isClosed || now - heardAt >= limits.SILENCE_SECONDS_MAX * 1000) silent.push(deviceId);
    }
    for (const deviceId of silent) this.#present.delete(deviceId);
    return silent;
  }

  isOnline(deviceId: string): boolean {
    return this.#present.has(deviceId);
  }

  heardAt(deviceId: string): number | undefined {
    return this.#present.get(deviceId)?.heardAt;
  }

  get onlineCount(): number {
    return this.#present.size;
  }

  get onlineIds(): Iterable<string> {
    return this.#present.keys();
  }

  reception(deviceId: string, taskId: string, attempt: number): Reception | undefined {
    return this.#present
      .get(deviceId)
      ?.receptions.find((reception) => reception.taskId === taskId && reception.attempt === attempt);
  }

  /** Who receives what just now, by task. */
  receptionsByTask(): Map<string, { deviceId: string; reception: Reception }[]> {
    const byTask = new Map<string, { deviceId: string; reception: Reception }[]>();
    for (const [deviceId, { receptions }] of this.#present) {
      for (const reception of receptions) {
        const list = byTask.get(reception.taskId) ?? [];
        list.push({ deviceId, reception });
        byTask.set(reception.taskId, list);
      }
    }
    return byTask;
  }
}

/** A process that lives was heard within a heartbeat and a little; a machine that was reset needs longer to come again. */
const ALIVE_MS = (limits.HEARTBEAT_SECONDS + 4) * 1000;

const CLOSED_GRACE_MS = 3_000;
