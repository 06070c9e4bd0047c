import { Random, type ByteRange, type FecSetting, type Micros } from '@rollcall/norm';
import type { LineRate } from './bounded-queue.ts';
import type { LinkQuality, Outage } from './link.ts';

export interface ObjectScenario {
  readonly size: number;
  readonly hasInfo: boolean;
  readonly kind: 'file' | 'data';
}

/**
 * Why a receiver may end with gaps; all others must finish.
 *
 *     deaf    hears nothing from an instant on           late    joins while the transmission is on
 *     mute    is not heard: it cannot ask for anything   none    nothing of that kind
 */
export type Handicap = 'none' | 'deaf' | 'mute' | 'late';

export interface ReceiverScenario {
  readonly handicap: Handicap;
  readonly joinAt: Micros;
  readonly repairPolicy: 'object' | 'block';
  readonly uplink: LinkQuality;
  readonly downlink: LinkQuality;
  readonly uplinkOutages: readonly Outage[];
  readonly downlinkOutages: readonly Outage[];
  /** When it does not read from its socket. */
  readonly stalls: readonly Outage[];
  /** Per object, the bytes that it has from before. */
  readonly held: readonly (readonly ByteRange[])[];
  readonly blockMemoryBytes: number;
}

export interface Scenario {
  readonly seed: number;
  readonly objects: readonly ObjectScenario[];
  readonly receivers: readonly ReceiverScenario[];
  readonly symbolSize: number;
  readonly fec: FecSetting;
  readonly rateBytesPerSecond: number;
  readonly feedback: 'unicast' | 'multicast';
  readonly backoffFactor: number;
  readonly groupSize: number;
  readonly senderUplink: LinkQuality;
  /** Bursts of loss that hit the whole group. */
  readonly senderUplinkOutages: readonly Outage[];
  readonly senderDownlink: LinkQuality;
  /** The sender pauses, changes its rate, or starts again, at these instants. */
  readonly pause: { readonly at: Micros; readonly duration: Micros } | undefined;
  readonly rateChange: { readonly at: Micros; readonly bytesPerSecond: number } | undefined;
  readonly restartAt: Micros | undefined;
  /** Send only what some receiver lacks. */
  readonly sendsOnlyMissing: boolean;
  /** Ask all receivers to acknowledge everything. */
  readonly wantsAcknowledgement: boolean;
  /** A second sender with other objects on the same group. */
  readonly hasStranger: boolean;
  /** Sender and receivers have keys. */
  readonly isAuthenticated: boolean;
  /** What the transmission would take without loss. */
  readonly idealMicros: Micros;
}

const OBJECT_SIZE_MAX_BYTES = 8 * 1024 ** 2;
const RECEIVER_COUNT_MAX = 200;
const SYMBOL_SIZE_LARGEST = 8192;
const SYMBOL_SIZES = [64, 256, 512, 1024, 1400, SYMBOL_SIZE_LARGEST];
/** Deliveries of one seed, about: keeps a seed below a second whatever it draws. */
const DELIVERY_COUNT_MAX = 60_000;
const BURST_MAX_MICROS = 100_000;
const STALL_MAX_MICROS = 5_000_000;
export const START_AT: Micros = 1_000_000;

/** The whole scenario from one integer. */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const objects = objectsOf(random);
  const receiverCount = logarithmic(random, 1, RECEIVER_COUNT_MAX);
  const totalBytes = objects.reduce((sum, { size }) => sum + size, 0);
  const symbolSize = symbolSizeOf(random, totalBytes, receiverCount);
  const rateBytesPerSecond = logarithmic(random, 1e6, 125e6);
  const idealMicros = Math.ceil((totalBytes / rateBytesPerSecond) * 1e6) + 1000;
  const fec = fecOf(random);
  const quality = qualityOf(random);
  const sendsOnlyMissing = random.chance(0.1);
  const receivers = Array.from({ length: receiverCount }, () =>
    receiverOf(random, quality, objects, rateBytesPerSecond, idealMicros, symbolSize, sendsOnlyMissing),
  );
  const scenario = {
    seed,
    objects,
    receivers,
    symbolSize,
    fec,
    rateBytesPerSecond,
    feedback: random.chance(0.25) ? ('multicast' as const) : ('unicast' as const),
    backoffFactor: random.below(5),
    groupSize: random.chance(0.5) ? receiverCount : 10,
    senderUplink: {
      ...PERFECT,
      lossRatio: random.chance(0.2) ? random.fraction() * 0.1 : 0,
      ...(random.chance(0.25) ? { line: lineOf(random, rateBytesPerSecond, idealMicros, symbolSize) } : {}),
    },
    senderUplinkOutages: random.chance(0.15) ? burstsOf(random, idealMicros) : [],
    senderDownlink: { ...PERFECT, lossRatio: random.chance(0.2) ? random.fraction() * 0.3 : 0 },
    pause: random.chance(0.1)
      ? { at: instantIn(random, idealMicros), duration: logarithmic(random, 1e3, 1e7) }
      : undefined,
    rateChange: random.chance(0.1)
      ? { at: instantIn(random, idealMicros), bytesPerSecond: rateBytesPerSecond * (0.2 + random.fraction() * 2) }
      : undefined,
    restartAt: random.chance(0.05) ? instantIn(random, idealMicros) : undefined,
    sendsOnlyMissing,
    wantsAcknowledgement: random.chance(0.3),
    hasStranger: random.chance(0.1),
    idealMicros,
  } satisfies Omit<Scenario, 'isAuthenticated'>;
  // Keys are of one life of one sender, and feedback goes to it alone.
  const mayAuthenticate = scenario.feedback === 'unicast' && scenario.restartAt === undefined;
  return { ...scenario, isAuthenticated: mayAuthenticate && random.chance(0.5) };
}

const PERFECT: LinkQuality = { lossRatio: 0, lossBurst: 1, duplicateRatio: 0, delayMicros: 10, jitterMicros: 0 };

function objectsOf(random: Random): ObjectScenario[] {
  const count = random.chance(0.6) ? 1 : random.chance(0.8) ? 1 + random.below(4) : 1 + random.below(40);
  const sizeMax = OBJECT_SIZE_MAX_BYTES / count;
  return Array.from({ length: count }, () => ({
    size: random.chance(0.05) ? 0 : logarithmic(random, 1, sizeMax),
    hasInfo: random.chance(0.5),
    kind: random.chance(0.7) ? 'file' : 'data',
  }));
}

function symbolSizeOf(random: Random, totalBytes: number, receiverCount: number): number {
  const possible = SYMBOL_SIZES.filter((size) => (totalBytes / size) * receiverCount <= DELIVERY_COUNT_MAX);
  return possible[random.below(possible.length)] ?? SYMBOL_SIZE_LARGEST;
}

function fecOf(random: Random): FecSetting {
  const blockLength = logarithmic(random, 1, 200);
  if (random.chance(0.2)) return { scheme: 'none', blockLength };
  const repairSymbolCount = Math.min(255 - blockLength, logarithmic(random, 1, 64) - 1);
  const proactive = random.chance(0.5)
    ? 0
    : random.chance(0.5)
      ? ('auto' as const)
      : random.below(repairSymbolCount + 1);
  return { scheme: 'reedSolomon', blockLength, repairSymbolCount, proactiveRepairSymbols: proactive };
}

/** What the links of one network have in common: most are good, some are bad in one way, few in every way. */
function qualityOf(random: Random): () => LinkQuality {
  const lossRatioMax = random.chance(0.2) ? 0 : random.fraction() * 0.3;
  const isBursty = random.chance(0.3);
  const duplicateRatioMax = random.chance(0.5) ? 0 : random.fraction() * 0.1;
  const delayMax = logarithmic(random, 10, 50_000);
  const jitterMax = random.chance(0.5) ? 0 : random.below(delayMax + 1);
  return () => ({
    lossRatio: random.fraction() * lossRatioMax,
    lossBurst: isBursty ? 1 + random.below(8) : 1,
    duplicateRatio: random.fraction() * duplicateRatioMax,
    delayMicros: Math.ceil(delayMax * (0.5 + random.fraction() / 2)),
    jitterMicros: random.below(jitterMax + 1),
  });
}

function receiverOf(
  random: Random,
  quality: () => LinkQuality,
  objects: readonly ObjectScenario[],
  rateBytesPerSecond: number,
  idealMicros: Micros,
  symbolSize: number,
  sendsOnlyMissing: boolean,
): ReceiverScenario {
  const handicap = handicapOf(random);
  // Asymmetric: the two directions have nothing to do with each other.
  const downlink = random.chance(0.05)
    ? { ...quality(), line: lineOf(random, rateBytesPerSecond, idealMicros, symbolSize) }
    : quality();
  const uplink = quality();
  const outages: Outage[] = [];
  if (handicap === 'none' && random.chance(0.1)) {
    const from = instantIn(random, idealMicros);
    outages.push({ from, until: from + random.below(2 * idealMicros + 1) });
  }
  const forever = { from: START_AT + random.below(idealMicros), until: Infinity };
  const holds = sendsOnlyMissing || random.chance(0.1);
  return {
    handicap,
    joinAt: handicap === 'late' ? instantIn(random, idealMicros) : START_AT - random.below(START_AT / 2),
    repairPolicy: handicap !== 'none' && random.chance(0.5) ? 'block' : 'object',
    downlink,
    uplink,
    downlinkOutages: handicap === 'deaf' ? [forever] : outages,
    uplinkOutages: handicap === 'mute' ? [{ from: 0, until: Infinity }] : outages,
    stalls: random.chance(0.05) ? [stallOf(random, idealMicros)] : [],
    held: objects.map(({ size }) => (holds && size > 0 ? rangesIn(random, size) : [])),
    blockMemoryBytes: random.chance(0.25) ? 8 * symbolSize : 4 * 1024 ** 2,
  };
}

/** From half to twice the sender's rate; some lines drop to a tenth of theirs for a while. */
function lineOf(random: Random, rateBytesPerSecond: number, idealMicros: Micros, symbolSize: number): LineRate {
  const bytesPerSecond = rateBytesPerSecond * (0.5 + random.fraction() * 1.5);
  const line = { bytesPerSecond, queueBytes: logarithmic(random, 4 * (symbolSize + 200), 1024 ** 2) };
  if (random.chance(0.7)) return line;
  const at = instantIn(random, idealMicros);
  const until = at + 1 + random.below(2 * idealMicros);
  return {
    ...line,
    changes: [
      { at, bytesPerSecond: bytesPerSecond / 10 },
      { at: until, bytesPerSecond },
    ],
  };
}

function burstsOf(random: Random, idealMicros: Micros): Outage[] {
  return Array.from({ length: 1 + random.below(5) }, () => {
    const from = instantIn(random, 2 * idealMicros);
    return { from, until: from + logarithmic(random, 1e3, BURST_MAX_MICROS) };
  });
}

function stallOf(random: Random, idealMicros: Micros): Outage {
  const from = instantIn(random, idealMicros);
  return { from, until: from + logarithmic(random, 1e3, STALL_MAX_MICROS) };
}

function handicapOf(random: Random): Handicap {
  if (!random.chance(0.2)) return 'none';
  return (['deaf', 'mute', 'late'] as const)[random.below(3)]!;
}

function rangesIn(random: Random, size: number): ByteRange[] {
  return Array.from({ length: random.below(4) }, () => {
    const offset = random.below(size);
    return { offset, length: 1 + random.below(size - offset) };
  });
}

function instantIn(random: Random, idealMicros: Micros): Micros {
  return START_AT + random.below(idealMicros + 1);
}

/** An integer of any order of magnitude from `least` to `most`. */
function logarithmic(random: Random, least: number, most: number): number {
  const value = least * Math.exp(random.fraction() * Math.log(most / least));
  return Math.min(Math.floor(most), Math.max(Math.ceil(least), Math.round(value)));
}
