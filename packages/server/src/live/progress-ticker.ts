/** Tells those who watch how far sessions and receptions are: once a second and task, and never from the table. */
import type { ProgressEvent } from '@rollcall/api';
import type { Presence } from '../core/presence.ts';
import type { MulticastConductor } from '../task-handler/multicast-conductor.ts';
import type { EventHub } from './event-hub.ts';
import type { ProgressHistory } from './progress-history.ts';

export interface ProgressTickerPorts {
  readonly hub: EventHub;
  readonly presence: Presence;
  readonly conductor: MulticastConductor;
  readonly contentSizeOf: (taskId: string) => Promise<number>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  readonly history: ProgressHistory;
}

export class ProgressTicker {
  readonly #ports: ProgressTickerPorts;
  readonly #timer: NodeJS.Timeout;
  readonly #last = new Map<string, string>();

  constructor(ports: ProgressTickerPorts) {
    this.#ports = ports;
    this.#timer = setInterval(() => this.#tick().catch(ports.onError), 1000);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #tick(): Promise<void> {
    const { hub, presence, conductor, now } = this.#ports;
    this.#note();
    if (hub.listenerCount === 0) return;
    const receptions = presence.receptionsByTask();
    const taskIds = new Set([...receptions.keys(), ...conductor.taskIds]);
    for (const taskId of this.#last.keys()) if (!taskIds.has(taskId)) this.#last.delete(taskId);
    for (const taskId of taskIds) {
      const size = await this.#ports.contentSizeOf(taskId);
      const session = sessionProgress(conductor, taskId);
      const devices = (receptions.get(taskId) ?? []).map(({ deviceId, reception }) => ({
        id: deviceId,
        bytesHeld: reception.bytesHeld,
        size,
      }));
      // What stands still is not told again.
      const text = JSON.stringify({ session, devices });
      if (this.#last.get(taskId) === text) continue;
      this.#last.set(taskId, text);
      hub.publishProgress({ type: 'progress', taskId, at: now(), session, devices });
    }
  }

  /** Whether somebody looks or not: who comes later sees how it went. */
  #note(): void {
    const { conductor, history, now } = this.#ports;
    for (const taskId of conductor.taskIds) {
      const running = conductor.progressOf(taskId);
      if (running === undefined) continue;
      const { bytesSent, repairBytes, lossRatioMean, lossRatioMax } = running.progress;
      const sample = { at: now(), bytesSent, repairBytes, lossRatioMean, lossRatioMax };
      history.note(taskId, running.sessionId, sample);
    }
  }
}

function sessionProgress(conductor: MulticastConductor, taskId: string): ProgressEvent['session'] {
  const running = conductor.progressOf(taskId);
  if (running === undefined) return null;
  const { bytesSent, repairBytes, contentBytes, contentSize, rateBytesPerSecond, lossRatioMean, lossRatioMax } =
    running.progress;
  const rateBitsPerSecond = Math.round(rateBytesPerSecond * 8);
  return { bytesSent, repairBytes, rateBitsPerSecond, contentBytes, contentSize, lossRatioMean, lossRatioMax };
}
