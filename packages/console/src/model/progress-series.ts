/** What a session did over time, as columns for a chart: made of samples of its counters. */
export interface ProgressSample {
  /** UTC milliseconds. */
  readonly at: number;
  readonly bytesSent: number;
  readonly repairBytes: number;
}

export interface ProgressColumns {
  /** Seconds since 1970. */
  readonly times: number[];
  /** Bits per second. */
  readonly rates: (number | null)[];
  readonly repairRates: (number | null)[];
}

/** Samples that lie closer together than this say little but noise. */
const INTERVAL_MS_MIN = 200;

export function columnsOf(samples: readonly ProgressSample[]): ProgressColumns {
  const columns: ProgressColumns = { times: [], rates: [], repairRates: [] };
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
    before = sample;
  }
  return columns;
}
