/** A multicast over time: what was sent and how much of it was repair, and below it what the receivers lost. */
import type { ProgressSample } from '@rollcall/api';
import { formatRate, formatRatio } from '@rollcall/client/format';
import { useMemo, type ReactNode } from 'react';
import { columnsOf } from '../model/progress-series.ts';
import { TimeChart } from './time-chart.tsx';

const RATE_MOST = 1_000;
/** Less loss than that is nothing to look at. */
const LOSS_MOST = 0.01;

export function ProgressCharts({ samples }: { readonly samples: readonly ProgressSample[] }): ReactNode {
  const { times, rates, repairRates, lossMeans, lossMaxima } = useMemo(() => columnsOf(samples), [samples]);
  const rateLines = useMemo(
    () => [
      { label: 'sent', colour: '--look-work', values: rates } as const,
      { label: 'of it repair', colour: '--look-late', values: repairRates, isDashed: true } as const,
    ],
    [rates, repairRates],
  );
  const lossLines = useMemo(
    () => [
      { label: 'worst loss of a device', colour: '--look-bad', values: lossMaxima } as const,
      { label: 'loss on average', colour: '--look-act', values: lossMeans, isDashed: true } as const,
    ],
    [lossMaxima, lossMeans],
  );
  const isLossKnown = lossMaxima.some((loss) => loss !== null);
  return (
    <div className="stack">
      <TimeChart
        label={`Rate over time: ${formatRate(lastOf(rates))} at last, ${formatRate(mostOf(rates))} at most`}
        times={times}
        lines={rateLines}
        format={formatRate}
        most={RATE_MOST}
        group="progress"
      />
      {isLossKnown ? (
        <TimeChart
          label={`Loss over time: at worst ${formatRatio(lastOf(lossMaxima))} at last, ${formatRatio(mostOf(lossMaxima))} at most`}
          times={times}
          lines={lossLines}
          format={formatRatio}
          most={LOSS_MOST}
          group="progress"
        />
      ) : (
        <p className="muted small">No device has said yet what it loses.</p>
      )}
    </div>
  );
}

function lastOf(values: readonly (number | null)[]): number {
  return values.findLast((value) => value !== null) ?? 0;
}

function mostOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}
