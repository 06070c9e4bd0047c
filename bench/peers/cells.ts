import { parseCount } from './parse-count.ts';

/** One line of the table: a link, how many devices, how much each loses, how far away they are, how big the file is. */
export interface Cell {
  /** As given with --cells: LINK-DEVICES-LOSS[-DELAYms][@SIZE]. */
  readonly id: string;
  /** Undefined: unshaped, the machine is the limit. */
  readonly rateBitsPerSecond: number | undefined;
  readonly devices: number;
  readonly lossPercent: number;
  /** One way. */
  readonly delayMillis: number;
  readonly size: number;
  /** What our own tool has to reach in this cell, where something was promised. */
  readonly bar?: Bar;
}

export interface Bar {
  readonly timesIdealMax?: number;
  readonly egressMax?: number;
  readonly senderCpuSecondsMax?: number;
  readonly deviceCpuSecondsMax?: number;
  readonly megabitsPerSecondMin?: number;
}

const BARS: Readonly<Record<string, Bar>> = {
  '1g-1-0': { timesIdealMax: 1.035 },
  '1g-1-1': { timesIdealMax: 1.05 },
  '1g-1-10': { timesIdealMax: 1.07 },
  '100m-4-5': { timesIdealMax: 1.06 },
  '100m-8-0': { timesIdealMax: 1.02 },
  '100m-8-1': { timesIdealMax: 1.05 },
  '100m-8-10': { timesIdealMax: 1.1, egressMax: 1.23 },
  '100m-8-5-20ms': { timesIdealMax: 1.1, egressMax: 1.18 },
  '1g-1-0@256MiB': { senderCpuSecondsMax: 1.1, deviceCpuSecondsMax: 0.74 },
  'max-1-0': { megabitsPerSecondMin: 2100 },
  'max-4-0': { megabitsPerSecondMin: 720 },
  'max-8-0': { megabitsPerSecondMin: 350 },
};

/** The table, in its order. */
export const TABLE: readonly string[] = Object.keys(BARS);

const CELL = /^(max|\d+(?:\.\d+)?[kmg])-(\d+)-(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?)ms)?(?:@(.+))?$/;
const SIZE = 1024 ** 3;
/** Slow links get less, so that a run takes less than half a minute. */
const SIZE_OF_SLOW = 256 * 1024 ** 2;
const SLOW_BITS_PER_SECOND = 100e6;
/** UDP payload of a full frame against the time it takes on Ethernet: preamble, checksum and gap included. */
const PAYLOAD_SHARE = 1472 / 1538;

export function parseCell(id: string, size?: number): Cell {
  const match = CELL.exec(id);
  if (match === null)
    throw new RangeError(`${id} is no cell: LINK-DEVICES-LOSS[-DELAYms][@SIZE], such as 100m-8-5-20ms`);
  const [, link = '', devices, lossPercent, delayMillis = '0', ownSize] = match;
  const rateBitsPerSecond = link === 'max' ? undefined : parseCount(link);
  const isSlow = rateBitsPerSecond !== undefined && rateBitsPerSecond <= SLOW_BITS_PER_SECOND;
  // What was promised holds for the table's sizes: in a small file, the start is too much of it.
  const bar = size === undefined ? BARS[id] : undefined;
  return {
    id,
    rateBitsPerSecond,
    devices: Number(devices),
    lossPercent: Number(lossPercent),
    delayMillis: Number(delayMillis),
    size: size ?? (ownSize === undefined ? (isSlow ? SIZE_OF_SLOW : SIZE) : parseCount(ownSize)),
    ...(bar === undefined ? {} : { bar }),
  };
}

/** A perfect code that costs nothing, on a link that is always full; undefined without a link's rate. */
export function idealSeconds(cell: Cell): number | undefined {
  if (cell.rateBitsPerSecond === undefined) return undefined;
  return (cell.size * 8) / (cell.rateBitsPerSecond * PAYLOAD_SHARE) / (1 - cell.lossPercent / 100);
}

/** The rate at which UDP payload fits through the link. */
export function payloadBitsPerSecond(rateBitsPerSecond: number): number {
  return rateBitsPerSecond * PAYLOAD_SHARE;
}

/** A fifth of what the slowest peer moves in all where the machine is the limit. */
const UNSHAPED_BITS_PER_SECOND_MIN = 200e6;

/** How long a tool may take before it counts as one that does not finish. */
export function patienceSeconds(cell: Cell): number {
  const ideal = idealSeconds(cell);
  return 20 + (ideal === undefined ? (cell.size * 8 * cell.devices) / UNSHAPED_BITS_PER_SECOND_MIN : 10 * ideal);
}

/** Far more than the machine moves: where nothing is shaped our own tools find their rate below it. */
export const UNSHAPED_RATE_MAX = '10gbit';

/** The rate of a cell's link, as a flag has it. Undefined: nothing is shaped. */
export function rateFlag({ rateBitsPerSecond }: Cell): string | undefined {
  return rateBitsPerSecond === undefined ? undefined : `${rateBitsPerSecond / 1e6}mbit`;
}
