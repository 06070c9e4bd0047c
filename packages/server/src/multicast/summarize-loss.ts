/** What the receivers of a session lose, as two figures: what is usual among them, and the worst. */
import type { ReceiverFeedbackReport } from '@rollcall/transport';
import { LOSS_REPORT_AGE_MS_MAX } from '../limits.ts';

export interface LossSummary {
  readonly lossRatioMean: number | null;
  readonly lossRatioMax: number | null;
}

/** @param now on the same clock as `lastHeardAt`, milliseconds */
export function summarizeLoss(
  receivers: readonly Pick<ReceiverFeedbackReport, 'lossRatio' | 'lastHeardAt'>[],
  now: number,
): LossSummary {
  let [count, sum, max] = [0, 0, 0];
  for (const { lossRatio, lastHeardAt } of receivers) {
    if (lossRatio === undefined || now - lastHeardAt > LOSS_REPORT_AGE_MS_MAX) continue;
    count += 1;
    sum += lossRatio;
    max = Math.max(max, lossRatio);
  }
  return count === 0 ? { lossRatioMean: null, lossRatioMax: null } : { lossRatioMean: sum / count, lossRatioMax: max };
}
