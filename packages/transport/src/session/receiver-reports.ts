import type { ReceiverFeedbackReport } from './session-events.ts';
import { RECEIVER_REPORTS_MAX } from '../limits.ts';

/** What each receiver's feedback came to, put together from reports of those alone that were heard since the last one. */
export class ReceiverReports {
  readonly #reports = new Map<number, ReceiverFeedbackReport>();

  /** Returns the reports of all receivers. */
  merge(changed: readonly ReceiverFeedbackReport[]): readonly ReceiverFeedbackReport[] {
    for (const report of changed) {
      // Re-insertion keeps the map in order of use: the first is the one that was silent longest.
      this.#reports.delete(report.nodeId);
      this.#reports.set(report.nodeId, report);
    }
    for (const nodeId of this.#reports.keys()) {
      if (this.#reports.size <= RECEIVER_REPORTS_MAX) break;
      this.#reports.delete(nodeId);
    }
    return [...this.#reports.values()];
  }
}
