/** One character for each device of the roll. The letters tell apart what the colours do, for those who see none. */
import type { LookName } from '@rollcall/client/task';
import type { Style } from './spans.ts';

export interface Cell {
  readonly character: string;
  readonly style: Style;
  readonly meaning: string;
  /** What a cell that stands for several devices shows of them: the highest. */
  readonly urgency: number;
}

const cell = (character: string, style: Style, meaning: string, urgency: number): Cell => ({
  character,
  style,
  meaning,
  urgency,
});

export const CELLS = {
  waiting: cell('.', 'dim', 'queued', 5),
  offline: cell('o', 'dim', 'offline', 7),
  receiving: cell('>', 'yellow', 'receiving', 6),
  received: cell('+', 'yellow', 'received', 6),
  executing: cell('*', 'magenta', 'carrying out', 6),
  multicast: cell('M', 'green', 'by multicast', 0),
  mixed: cell('B', 'cyan', 'by both', 1),
  unicast: cell('U', 'blue', 'by unicast', 1),
  peer: cell('P', 'cyan', 'by a peer', 1),
  present: cell('=', 'green', 'was there', 0),
  failed: cell('X', 'red', 'failed', 9),
  rejected: cell('R', 'red', 'rejected', 9),
  timed_out: cell('T', 'red', 'timed out', 9),
  expired: cell('e', 'dim', 'expired', 3),
  cancelled: cell('c', 'dim', 'cancelled', 2),
  removed: cell('-', 'dim', 'removed', 2),
} as const satisfies Record<LookName, Cell>;
