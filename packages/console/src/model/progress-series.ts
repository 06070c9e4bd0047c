/** What a session did over time, as columns for a chart: made of samples of its counters. */
import type { ProgressSample } from '@rollcall/api';

export interface ProgressColumns {
  /** Seconds since 1970. */
  readonly times: number[];
  /** Bits per second. */
  readonly rates: (number | null)[];
  readonly repairRates: (number | null)[];
  /** Of 1. */
  readonly lossMeans: (number | null)[];
  readonly lossMaxima: (number | null)[];
}

/** Samples that lie closer together than this say little but noise. */
const INTERVAL_MS_MIN = 200;

export function columnsOf(samples: readonly ProgressSample[]): ProgressColumns {
  const columns: ProgressColumns = { times: [], rates: [], repairRates: [], lossMeans: [], lossMaxima: [] };
  let before: ProgressSample | undefined;
  for (const sample of samples) {
    const elapsed = before === undefined ? 0 : sample.at - before.at;
    if (before !== undefined && elapsed < INTERVAL_MS_MIN) continue;
    // Counters that fell are of another session: no rate between the two.
    const isSame = before !== undefined && sample.bytesSent >= before.bytesSent;
    const rate = (now: number, then: number) => Math.max(0, ((now - then) * 8000) / elapsed);
    columns.times.push(sample.at / 1000);
    columns.rates.push(isSame ? rate(sample.bytesSent, before!.bytesSent) : null);
    columns.repairRates.push(isSame ? rate(sample.repairBytes, before!.repairBytes) : null);
    columns.lossMeans.push(sample.lossRatioMean);
    columns.lossMaxima.push(sample.lossRatioMax);
    before = sample;
  }
  return columns;
}
