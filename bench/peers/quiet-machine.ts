import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { othersCpuSeconds, readProcessTable, stolenCpuSeconds } from './process-table.ts';

/** Share of the machine that others may take in a run. */
export const DISTURBANCE_SHARE_MAX = 0.05;

const SAMPLE_MILLIS = 1000;

/** Waits until others leave the machine alone; returns whether they did before patience ended. */
export async function waitForQuiet(patienceSeconds: number, onWait: () => void): Promise<boolean> {
  const deadline = performance.now() + patienceSeconds * 1000;
  for (let isFirst = true; ; isFirst = false) {
    const watch = new DisturbanceWatch();
    await sleep(SAMPLE_MILLIS);
    if (watch.share() <= DISTURBANCE_SHARE_MAX) return true;
    if (performance.now() >= deadline) return false;
    if (isFirst) onWait();
  }
}

/** Measures what others take of the machine from now on: other processes on it, and whoever shares its host. */
export class DisturbanceWatch {
  readonly #cpuSeconds = takenCpuSeconds();
  readonly #startedAt = performance.now();

  /** Of all its processors, up to now. */
  share(): number {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const used = takenCpuSeconds() - this.#cpuSeconds;
    return Math.max(0, used) / (seconds * availableParallelism());
  }
}

function takenCpuSeconds(): number {
  return othersCpuSeconds(readProcessTable()) + stolenCpuSeconds();
}
