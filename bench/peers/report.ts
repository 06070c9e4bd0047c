import type { Bar, Cell } from './cells.ts';
import { idealSeconds } from './cells.ts';
import type { Contender } from './contenders.ts';
import { type Machine, machineInWords } from './machine.ts';
import type { Run } from './measure.ts';
import { DISTURBANCE_SHARE_MAX } from './quiet-machine.ts';

/** What a copy may take of the time that its cast takes, and of the time that was promised for that. */
const COPY_RATIO_MAX = 1.03;

/** The runs of one contender in one cell. */
export interface Measurement {
  readonly cell: Cell;
  readonly contender: string;
  readonly runs: readonly Run[];
}

export interface Summary {
  readonly complete: number;
  readonly runs: number;
  readonly isDisturbed: boolean;
  readonly seconds: number;
  readonly secondsFromFirstDatagram: number | undefined;
  /** Undefined without a link's rate. */
  readonly timesIdeal: number | undefined;
  readonly megabitsPerSecond: number;
  readonly egressRatio: number;
  readonly senderCpuSeconds: number;
  readonly deviceCpuSeconds: number;
  readonly senderPeakMemoryBytes: number;
  readonly receiverPeakMemoryBytes: number;
}

/** Medians of the runs that were complete; undefined when none was. */
export function summarize({ cell, runs }: Measurement): Summary | undefined {
  const complete = runs.filter((run) => run.isComplete);
  if (complete.length === 0) return undefined;
  const of = (value: (run: Run) => number): number => median(complete.map(value));
  const seconds = of((run) => run.seconds);
  const ideal = idealSeconds(cell);
  const fromFirst = complete.flatMap((run) => run.secondsFromFirstDatagram ?? []);
  return {
    complete: complete.length,
    runs: runs.length,
    isDisturbed: complete.some((run) => run.disturbanceShare > DISTURBANCE_SHARE_MAX),
    seconds,
    secondsFromFirstDatagram: fromFirst.length === 0 ? undefined : median(fromFirst),
    timesIdeal: ideal === undefined ? undefined : seconds / ideal,
    megabitsPerSecond: (cell.size * 8) / seconds / 1e6,
    egressRatio: of((run) => run.egressRatio),
    senderCpuSeconds: of((run) => run.senderCpuSeconds),
    deviceCpuSeconds: of((run) => run.receiversCpuSeconds) / cell.devices,
    senderPeakMemoryBytes: of((run) => run.senderPeakMemoryBytes),
    receiverPeakMemoryBytes: of((run) => run.receiverPeakMemoryBytes),
  };
}

/** What was promised and not reached, in words; empty when all was. */
function unreached(bar: Bar, summary: Summary | undefined): string[] {
  if (summary === undefined) return ['never complete'];
  const { megabitsPerSecondMin = 0 } = bar;
  const above = (name: string, value: number, max: number | undefined): string[] =>
    max !== undefined && value > max ? [`${name} ${value.toFixed(3)} > ${shortened(max)}`] : [];
  return [
    ...above('× ideal', summary.timesIdeal ?? 0, bar.timesIdealMax),
    ...above('bytes on the wire ÷ file', summary.egressRatio, bar.egressMax),
    ...above('CPU s of the sender', summary.senderCpuSeconds, bar.senderCpuSecondsMax),
    ...above('CPU s of a device', summary.deviceCpuSeconds, bar.deviceCpuSecondsMax),
    ...(summary.megabitsPerSecond < megabitsPerSecondMin
      ? [`${summary.megabitsPerSecond.toFixed(0)} Mbit/s < ${shortened(megabitsPerSecondMin)}`]
      : []),
  ];
}

/** Empty where nothing was promised. */
function verdict(bar: Bar | undefined, summary: Summary | undefined): string {
  if (bar === undefined || Object.keys(bar).length === 0) return '';
  const missed = unreached(bar, summary);
  return missed.length === 0 ? 'reached' : missed.join('; ');
}

export function markdown(
  machine: Machine,
  measurements: readonly Measurement[],
  contenders: readonly Contender[],
): string {
  return [
    machineInWords(machine),
    overview(measurements, contenders),
    details(measurements),
    ...copyBesideCast(measurements),
    contenders.map(({ name, settings }) => `- ${name}: ${settings}`).join('\n'),
    `Times are medians, from the sender's start to the last device's whole file, SHA-256 checked; rollcall-copy from its first DATA message. *Ideal*: size ÷ (rate × 1472/1538) ÷ (1 − loss). The figure in parentheses: bytes on the sender's interface ÷ file. An asterisk: others took more than ${DISTURBANCE_SHARE_MAX * 100}% of the machine.`,
    '',
  ].join('\n\n');
}

/** One row per cell, one column per contender, and what was promised. */
function overview(measurements: readonly Measurement[], contenders: readonly Contender[]): string {
  const names = contenders.map(({ name }) => name).filter((name) => measurements.some((m) => m.contender === name));
  const cells = new Map(measurements.map(({ cell }) => [cell.id, cell]));
  const rows = [...cells.values()].map((cell) => {
    const inCell = measurements.filter((m) => m.cell.id === cell.id);
    const entries = names.map((name) => {
      const measurement = inCell.find((m) => m.contender === name);
      return measurement === undefined ? '' : entry(summarize(measurement), cell);
    });
    const ours = inCell.find((m) => m.contender === 'rollcall');
    const { bar } = cell;
    return [cellInWords(cell), ...entries, bar ? barInWords(bar) : '', ours ? verdict(bar, summarize(ours)) : ''];
  });
  return table(['link, devices, loss', ...names, 'bar', 'rollcall'], rows);
}

function entry(summary: Summary | undefined, cell: Cell): string {
  if (summary === undefined) return 'does not finish';
  const mark = summary.isDisturbed ? '\\*' : '';
  if (cell.bar?.deviceCpuSecondsMax !== undefined) {
    return `${summary.senderCpuSeconds.toFixed(2)} / ${summary.deviceCpuSeconds.toFixed(2)} CPU s${mark}`;
  }
  if (summary.timesIdeal === undefined) return `${summary.megabitsPerSecond.toFixed(0)} Mbit/s${mark}`;
  return `${summary.timesIdeal.toFixed(3)} (${summary.egressRatio.toFixed(2)})${mark}`;
}

function details(measurements: readonly Measurement[]): string {
  const header = [
    'cell',
    'tool',
    'complete',
    'wall s',
    'from first datagram s',
    '× ideal',
    'Mbit/s',
    'egress ×',
    'CPU s sender / all devices',
    'peak MiB sender / device',
  ];
  const rows = measurements.map((measurement) => {
    const { cell, contender, runs } = measurement;
    const summary = summarize(measurement);
    const start = [cell.id, contender, `${summary?.complete ?? 0}/${runs.length}`];
    if (summary === undefined) return [...start, runs.at(-1)?.failure ?? '', '', '', '', '', '', ''];
    return [
      ...start,
      summary.seconds.toFixed(2),
      summary.secondsFromFirstDatagram?.toFixed(2) ?? '',
      summary.timesIdeal?.toFixed(3) ?? '',
      summary.megabitsPerSecond.toFixed(0),
      summary.egressRatio.toFixed(3),
      `${summary.senderCpuSeconds.toFixed(2)} / ${(summary.deviceCpuSeconds * cell.devices).toFixed(2)}`,
      `${mebibytes(summary.senderPeakMemoryBytes)} / ${mebibytes(summary.receiverPeakMemoryBytes)}`,
    ];
  });
  return table(header, rows);
}

/** What a task costs over a cast, in time from the first datagram to the last verified file, and whether it keeps what was promised. */
function copyBesideCast(measurements: readonly Measurement[]): string[] {
  const summaryOf = (contender: string, id: string): Summary | undefined => {
    const measurement = measurements.find((each) => each.contender === contender && each.cell.id === id);
    return measurement && summarize(measurement);
  };
  const cells = new Map(measurements.map(({ cell }) => [cell.id, cell]));
  const rows = [...cells.values()].flatMap(({ id, bar }) => {
    if (!measurements.some(({ cell, contender }) => cell.id === id && contender === 'rollcall-copy')) return [];
    const copySummary = summaryOf('rollcall-copy', id);
    const cast = summaryOf('rollcall', id)?.secondsFromFirstDatagram;
    const copy = copySummary?.secondsFromFirstDatagram;
    const times = [cast, copy].map((seconds) => seconds?.toFixed(2) ?? '');
    const compared = cast === undefined || copy === undefined ? '' : ratio(copy / cast);
    return [[id, ...times, compared, verdict(bar && barOfCopy(bar), copySummary)]];
  });
  const header = [
    'cell',
    'cast s',
    'copy s',
    `copy ÷ cast, ≤ ${COPY_RATIO_MAX}`,
    `copy, bar with ${COPY_RATIO_MAX} of its time`,
  ];
  return rows.length === 0 ? [] : [table(header, rows)];
}

/** Of time and bytes: its processor time pays for encryption and signatures that a cast has not. */
function barOfCopy({ timesIdealMax, egressMax, megabitsPerSecondMin }: Bar): Bar {
  return {
    ...(timesIdealMax !== undefined && { timesIdealMax: timesIdealMax * COPY_RATIO_MAX }),
    ...(egressMax !== undefined && { egressMax }),
    ...(megabitsPerSecondMin !== undefined && { megabitsPerSecondMin: megabitsPerSecondMin / COPY_RATIO_MAX }),
  };
}

function ratio(copyToCast: number): string {
  return `${copyToCast.toFixed(3)}${copyToCast > COPY_RATIO_MAX ? ', missed' : ''}`;
}

export function cellInWords(cell: Cell): string {
  const rate = cell.rateBitsPerSecond;
  const link = rate === undefined ? 'unshaped' : rate >= 1e9 ? `${rate / 1e9} Gbit/s` : `${rate / 1e6} Mbit/s`;
  const delay = cell.delayMillis === 0 ? '' : `, ${2 * cell.delayMillis} ms round trip`;
  return `${link}, ${cell.devices}, ${cell.lossPercent}%${delay}, ${mebibytes(cell.size)} MiB`;
}

function barInWords(bar: Bar): string {
  const words = [
    bar.timesIdealMax === undefined ? [] : `≤ ${bar.timesIdealMax}`,
    bar.egressMax === undefined ? [] : `(≤ ${bar.egressMax})`,
    bar.senderCpuSecondsMax === undefined ? [] : `≤ ${bar.senderCpuSecondsMax} / ${bar.deviceCpuSecondsMax} CPU s`,
    bar.megabitsPerSecondMin === undefined ? [] : `≥ ${bar.megabitsPerSecondMin} Mbit/s`,
  ];
  return words.flat().join(' ');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (fields: readonly string[]): string =>
    `| ${fields.map((field) => field.replaceAll('|', '/').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function shortened(value: number): string {
  return `${Number(value.toFixed(4))}`;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
