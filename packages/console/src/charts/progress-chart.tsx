/** Rate and repair of a task's multicast over time. */
import { useEffect, useRef, type ReactNode } from 'react';
import uPlot from 'uplot';
import { formatRate } from '@rollcall/client/task';
import 'uplot/dist/uPlot.min.css';
import { columnsOf, type ProgressSample } from '../model/progress-series.ts';
import { useColourScheme } from '../ui/use-colour-scheme.ts';

const HEIGHT = 180;

export function ProgressChart({ samples }: { readonly samples: readonly ProgressSample[] }): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const scheme = useColourScheme();
  const { times, rates, repairRates } = columnsOf(samples);
  const data: uPlot.AlignedData = [times, rates, repairRates];
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = frame.current!;
    const made = new uPlot(optionsFor(element), latest.current, element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [scheme]);
  useEffect(() => chart.current?.setData(latest.current), [samples]);
  const last = rates.findLast((rate) => rate !== null) ?? 0;
  const peak = Math.max(0, ...rates.map((rate) => rate ?? 0));
  return (
    <div
      className="chart"
      ref={frame}
      role="img"
      aria-label={`Rate over time: ${formatRate(last ?? 0)} at last, ${formatRate(peak)} at most`}
    />
  );
}

function optionsFor(element: HTMLElement): uPlot.Options {
  const styles = getComputedStyle(element);
  const [line, muted] = [colour(element, '--line'), styles.color];
  const axis: uPlot.Axis = {
    stroke: muted,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1, size: 4 },
    font: `11px ${styles.fontFamily}`,
  };
  const series = (label: string, name: string, dash?: number[]): uPlot.Series => ({
    label,
    stroke: colour(element, name),
    width: 2,
    ...(dash === undefined ? { fill: `color-mix(in srgb, ${colour(element, name)} 12%, transparent)` } : { dash }),
    points: { show: false },
  });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { y: false },
    legend: { live: false },
    scales: { y: { range: (_chart, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, values: (_chart, times) => times.map(clock) },
      { ...axis, size: 74, values: (_chart, values) => values.map(formatRate) },
    ],
    series: [{}, series('sent', '--look-work'), series('of it repair', '--look-late', [5, 4])],
  };
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

function colour(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
