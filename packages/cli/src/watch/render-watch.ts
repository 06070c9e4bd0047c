/** The watching screen as lines of text. Pure: the same task at the same moment on the same terminal is the same lines. */
import type { Delivery } from '@rollcall/api';
import { formatBytes, formatRate, formatRatio } from '@rollcall/client/format';
import { explainDelivery, isEnded, isUnsuccessful, type TaskPicture } from '@rollcall/client/task';
import { formatSeconds } from '../output/format.ts';
import { standingOf } from '../output/roll.ts';
import { printable } from '../output/table.ts';
import { CELLS, type Cell } from './cells.ts';
import { drawLine, plain, styled, type Span } from './spans.ts';

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly useColor: boolean;
}

type Line = readonly Span[];

interface Unfinished {
  readonly delivery: Delivery;
  readonly cell: Cell;
}

/** @param isConnected false: what is shown is as old as the lost connection. @param now UTC, milliseconds */
export function renderWatch(picture: TaskPicture, terminal: Terminal, isConnected: boolean, now: number): string[] {
  const { columns, rows, useColor } = terminal;
  const head = headLines(picture, columns, now);
  const foot: Line = isConnected
    ? [styled('dim', 'q leaves; the task goes on')]
    : [styled('red', 'the connection is lost; trying again …'), styled('dim', '  q leaves; the task goes on')];
  const space = rows - head.length - 1;
  const cells = picture.looks.map((look) => CELLS[look]);
  const notDone = picture.deliveries.flatMap((delivery, index): Unfinished[] =>
    isNotDone(delivery) ? [{ delivery, cell: cells[index]! }] : [],
  );
  notDone.sort((one, other) => other.cell.urgency - one.cell.urgency);
  // The list has its share of the screen, and what the roll leaves.
  const listLeast = notDone.length === 0 ? 0 : Math.min(notDone.length + 2, Math.max(3, Math.floor(space / 3)));
  const roll = rollLines(cells, columns, Math.max(1, space - listLeast - 2));
  const list = listLines(notDone, picture, space - roll.length);
  const body = [...head, ...roll, ...list].slice(0, rows - 1);
  const filler = Array.from({ length: Math.max(0, rows - 1 - body.length) }, (): Line => []);
  return [...body, ...filler, foot].slice(-rows).map((line) => drawLine(line, columns, useColor));
}

function headLines(picture: TaskPicture, columns: number, now: number): Line[] {
  const { head: task, session, deliveries } = picture;
  const { counts } = task;
  const total = deliveries.length;
  const took = formatSeconds(((task.finishedAt ?? now) - task.createdAt) / 1000);
  const lines: Line[] = [
    [
      styled('bold', printable(task.name)),
      plain(`  [${task.kind}, ${formatBytes(task.content.size)}]  `),
      styled('dim', task.id),
    ],
    [
      plain(`${standingOf(task)}: `),
      styled('bold', `${counts.succeeded} of ${total} succeeded`),
      plain(` in ${took}; ${formatBytes(bytesByUnicast(deliveries))} by unicast`),
    ],
    [styled('green', bar(counts.succeeded, total, columns - 5)), plain(` ${percent(counts.succeeded, total)}`)],
  ];
  if (session !== null) {
    const { contentBytes, contentSize, rateBitsPerSecond, repairBytes, bytesSent } = session;
    const left = formatSeconds(((contentSize - contentBytes) * 8) / Math.max(rateBitsPerSecond, 1));
    const repair = bytesSent === 0 ? '' : `, ${formatRatio(repairBytes / bytesSent)} repair`;
    const facts = ` ${percent(contentBytes, contentSize)}  ${formatRate(rateBitsPerSecond)}, ${left} left${repair}${lossOf(deliveries)}`;
    const width = Math.max(8, Math.min(30, columns - facts.length - 11));
    lines.push([plain('multicast '), styled('yellow', bar(contentBytes, contentSize, width)), plain(facts)]);
  } else {
    lines.push(...task.sessions.slice(-1).map((last): Line => sessionLine(last, deliveries)));
  }
  lines.push([]);
  return lines;
}

function sessionLine(session: TaskPicture['head']['sessions'][number], deliveries: readonly Delivery[]): Line {
  const { mode, state, bytesSent, repairBytes, error } = session;
  const sent = `${mode} session ${state}: ${formatBytes(bytesSent)} sent, ${formatBytes(repairBytes)} of it repair${lossOf(deliveries)}`;
  return error === null ? [plain(sent)] : [plain(`${sent}: `), styled('red', printable(error))];
}

function lossOf(deliveries: readonly Delivery[]): string {
  const losses = deliveries.flatMap(({ lossRatio }) => (lossRatio === null ? [] : [lossRatio]));
  if (losses.length === 0) return '';
  return `, loss at most ${formatRatio(losses.reduce((worst, loss) => Math.max(worst, loss), 0))}`;
}

function bytesByUnicast(deliveries: readonly Delivery[]): number {
  return deliveries.reduce((sum, { bytesUnicast }) => sum + bytesUnicast, 0);
}

/** A cell for each device, and what the cells mean. More devices than cells: each stands for several, and shows the most urgent. */
function rollLines(cells: readonly Cell[], columns: number, rowsMost: number): Line[] {
  const each = Math.max(1, Math.ceil(cells.length / (columns * rowsMost)));
  const shown: Cell[] = [];
  for (let start = 0; start < cells.length; start += each) {
    shown.push(cells.slice(start, start + each).reduce((most, cell) => (cell.urgency > most.urgency ? cell : most)));
  }
  const lines: Line[] = [];
  for (let start = 0; start < shown.length; start += columns)
    lines.push(joinCells(shown.slice(start, start + columns)));
  return [...lines, legend(cells, each), []];
}

/** Neighbours of one kind are one span: a thousand cells are a few escape sequences. */
function joinCells(cells: readonly Cell[]): Span[] {
  const spans: Span[] = [];
  for (const { character, style } of cells) {
    const last = spans.at(-1);
    if (last?.style === style) spans[spans.length - 1] = styled(style, last.text + character);
    else spans.push(styled(style, character));
  }
  return spans;
}

function legend(cells: readonly Cell[], each: number): Line {
  const counts = new Map<Cell, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const entries = [...counts].sort(([one], [other]) => one.urgency - other.urgency);
  const spans = entries.flatMap(([{ character, style, meaning }, count]) => [
    styled(style, character),
    plain(` ${count} ${meaning}  `),
  ]);
  return each === 1 ? spans : [...spans, styled('dim', `(a cell is ${each} devices)`)];
}

function listLines(notDone: readonly Unfinished[], picture: TaskPicture, rowsMost: number): Line[] {
  if (notDone.length === 0 || rowsMost < 2) return [];
  const fits = notDone.length <= rowsMost - 1 ? notDone.length : rowsMost - 2;
  const width = notDone.slice(0, fits).reduce((most, { delivery }) => Math.max(most, delivery.device.name.length), 0);
  const rows = notDone.slice(0, fits).map(({ delivery, cell: { character, style } }): Line => {
    const { why, next } = explainDelivery(delivery, picture.head, picture.heldBy(delivery.device.id));
    const name = printable(delivery.device.name).padEnd(Math.min(width, NAME_WIDTH_MAX));
    return [styled(style, character), plain(` ${name}  `), plain(printable(`${why} ${next}`))];
  });
  const more: Line[] = fits === notDone.length ? [] : [[styled('dim', `… and ${notDone.length - fits} more`)]];
  return [[styled('bold', `not done (${notDone.length})`)], ...rows, ...more];
}

/** Also what ended without success: that is what somebody watches for. Who cancels or removes knows it. */
function isNotDone({ state }: Delivery): boolean {
  return !isEnded(state) || isUnsuccessful(state) || state === 'expired';
}

function percent(part: number, whole: number): string {
  return `${Math.floor((100 * part) / Math.max(whole, 1))}%`;
}

function bar(part: number, whole: number, width: number): string {
  const filled = whole === 0 ? 0 : Math.floor((Math.max(0, width) * Math.min(part, whole)) / whole);
  return '█'.repeat(filled) + '░'.repeat(Math.max(0, width - filled));
}

const NAME_WIDTH_MAX = 24;
