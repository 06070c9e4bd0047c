/** What tasks sent and what devices received, summed: of an ended task once, of a running one now and then. */
import type { Overview } from '@rollcall/api';
import type { StoreReader, TaskTraffic } from '../core/ports.ts';
import type { TaskRecord } from '../core/records.ts';
import { OVERVIEW_TASKS_MAX, TRAFFIC_KEPT_MS } from '../limits.ts';

interface Sum extends TaskTraffic {
  /** Of which end of the task; null: it ran. */
  readonly finishedAt: number | null;
  readonly madeAt: number;
}

export class TrafficSums {
  readonly #reader: StoreReader;
  readonly #monotonicNow: () => number;
  readonly #kept = new Map<string, Sum>();

  constructor(reader: StoreReader, monotonicNow: () => number) {
    this.#reader = reader;
    this.#monotonicNow = monotonicNow;
  }

  async of(tasks: readonly TaskRecord[]): Promise<Omit<Overview['traffic'], 'multicastBitsPerSecond'>> {
    let [multicastSent, multicastReceived, unicastSent] = [0, 0, 0];
    for (const task of tasks) {
      const sum = await this.#sumOf(task);
      multicastSent += sum.multicastSent;
      multicastReceived += sum.multicastReceived;
      unicastSent += task.bytesUnicast;
    }
    return { multicastSent, multicastReceived, unicastSent };
  }

  async #sumOf({ id, finishedAt }: TaskRecord): Promise<TaskTraffic> {
    const kept = this.#kept.get(id);
    const now = this.#monotonicNow();
    const isGood = finishedAt === null ? kept !== undefined && now - kept.madeAt < TRAFFIC_KEPT_MS : true;
    if (kept !== undefined && kept.finishedAt === finishedAt && isGood) return kept;
    const sum = { ...(await this.#reader.trafficOf(id)), finishedAt, madeAt: now };
    this.#kept.delete(id);
    this.#kept.set(id, sum);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > 2 * OVERVIEW_TASKS_MAX && oldest !== undefined) this.#kept.delete(oldest);
    return sum;
  }
}
