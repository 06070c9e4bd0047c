/**
 * The counters of each task's multicast over time, for who looks later: in memory, thinned out as it grows, so that the
 * whole session stays in sight at a size that does not.
 */
import type { ProgressSample } from '@rollcall/api';
import { PROGRESS_SAMPLES_MAX, PROGRESS_TASKS_MAX } from '../limits.ts';

interface Series {
  readonly sessionId: string;
  samples: ProgressSample[];
  /** Milliseconds between two samples that are kept. */
  intervalMs: number;
}

export class ProgressHistory {
  readonly #byTask = new Map<string, Series>();

  note(taskId: string, sessionId: string, sample: ProgressSample): void {
    let series = this.#byTask.get(taskId);
    // Another session of the task counts from zero again.
    if (series?.sessionId !== sessionId) {
      this.#byTask.delete(taskId);
      series = { sessionId, samples: [], intervalMs: 0 };
      this.#byTask.set(taskId, series);
      const oldest = this.#byTask.keys().next().value;
      if (this.#byTask.size > PROGRESS_TASKS_MAX && oldest !== undefined) this.#byTask.delete(oldest);
    }
    const last = series.samples.at(-1);
    // One that lies before the last is of a clock that was put back.
    const sinceLast = last === undefined ? Infinity : sample.at - last.at;
    if (sinceLast >= 0 && sinceLast < series.intervalMs) return;
    series.samples.push(sample);
    if (series.samples.length < PROGRESS_SAMPLES_MAX) return;
    const first = series.samples[0]!;
    series.samples = series.samples.filter((_, index) => index % 2 === 0);
    series.intervalMs = Math.max(0, sample.at - first.at) / series.samples.length;
  }

  of(taskId: string): readonly ProgressSample[] {
    return this.#byTask.get(taskId)?.samples ?? [];
  }
}
