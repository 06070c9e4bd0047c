/** Lines over time, from zero up. Charts of one group share the cursor, so that what happened at once is seen at once. */
import { useEffect, useRef, type ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useColourScheme } from '../ui/use-colour-scheme.ts';

export interface ChartLine {
  readonly label: string;
  /** A name of the style sheet. */
  readonly colour: `--${string}`;
  /** Null: nothing is known of this moment. */
  readonly values: (number | null)[];
  readonly isDashed?: boolean;
}

interface TimeChartProps {
  /** What it shows, in words: with the last and the highest value, for those who do not see it. */
  readonly label: string;
  /** Seconds since 1970. */
  readonly times: number[];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
  /** The axis reaches at least so far, so that next to nothing does not fill the chart. */
  readonly most: number;
  readonly group: string;
}

const HEIGHT = 130;
/** Between two marks of the time: the clock below them has no parts of a second. */
const STEPS_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

export function TimeChart(props: TimeChartProps): ReactNode {
  const { label, times, lines } = props;
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const scheme = useColourScheme();
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = frame.current!;
    const made = new uPlot(optionsFor(element, latest.current), dataOf(latest.current), element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [scheme]);
  useEffect(() => chart.current?.setData(dataOf(latest.current)), [times, lines]);
  return <div className="chart" ref={frame} role="img" aria-label={label} />;
}

function dataOf({ times, lines }: TimeChartProps): uPlot.AlignedData {
  return [times, ...lines.map(({ values }) => values)];
}

function optionsFor(element: HTMLElement, { lines, format, most, group }: TimeChartProps): uPlot.Options {
  const styles = getComputedStyle(element);
  const [line, muted] = [colour(element, '--line'), styles.color];
  const axis: uPlot.Axis = {
    stroke: muted,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1, size: 4 },
    font: `11px ${styles.fontFamily}`,
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { y: false, sync: { key: group } },
    legend: { live: false },
    scales: { y: { range: (_chart, _min, max) => [0, Math.max(most, max * 1.1)] } },
    axes: [
      { ...axis, size: 30, incrs: STEPS_SECONDS, values: (_chart, times) => times.map(clock) },
      { ...axis, size: 74, values: (_chart, values) => values.map(format) },
    ],
    series: [{}, ...lines.map((one) => seriesOf(element, one))],
  };
}

function seriesOf(element: HTMLElement, { label, colour: name, isDashed }: ChartLine): uPlot.Series {
  const stroke = colour(element, name);
  const look = isDashed === true ? { dash: [5, 4] } : { fill: `color-mix(in srgb, ${stroke} 12%, transparent)` };
  return { label, stroke, width: 2, points: { show: false }, ...look };
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
