import { checkSenderAuthentication } from '../authentication/authentication.ts';
import { createFecCodec } from '../fec/create-fec-codec.ts';
import type { CreateFecCodec } from '../fec/fec-codec.ts';
import {
  ENCODING_SYMBOL_COUNT_MAX,
  DATA_OVERHEAD_MAX_BYTES,
  NODE_ID_MAX,
  SENDER_BLOCK_MEMORY_BYTES,
  SYMBOL_SIZE_MAX_BYTES,
  SYMBOL_SIZE_MIN_BYTES,
} from '../limits.ts';
import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import { FEC_ENCODING_ID, type FecEncodingId } from '../wire/fec-payload-id.ts';
import type { SenderOptions } from './sender-options.ts';

/** Good for a local network before anybody has answered; the first answers correct it. */
const GRTT_INITIAL_MICROS = 10_000;
/** Below, the scheduling of two ordinary machines is slower than the wire between them. */
const GRTT_FLOOR_MICROS = 1_000;
/** RFC 5740 §4.2.1 has room for 1000 s; nothing that multicast reaches is farther away than a satellite or two. */
const GRTT_CEILING_MICROS = 15 * MICROS_PER_SECOND;
/**
 * RFC 5401 §5.2 has 4: that keeps the NACKs few in a group of any size. Where the group is known to be so small that all
 * of it may speak at once, or no larger than usual, latency is worth more than the odd NACK too many.
 */
const BACKOFF_FACTOR = 4;
const BACKOFF_FACTORS_OF_SMALLER_GROUPS = [
  { groupSizeMax: 9, factor: 1 },
  { groupSizeMax: 100, factor: 2 },
] as const;
const GROUP_SIZE = 10;
/** NORM_ROBUST_FACTOR of RFC 5740 §5.1. */
const ROBUST_FACTOR = 20;

/** Options with their defaults filled in, and checked. */
export interface SenderSettings {
  readonly fecEncodingId: FecEncodingId;
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly proactiveRepairSymbols: number | 'auto';
  readonly symbolSize: number;
  readonly datagramSizeMax: number;
  readonly grttMicros: Micros;
  readonly grttFloorMicros: Micros;
  readonly grttCeilingMicros: Micros;
  readonly backoffFactor: number;
  readonly groupSize: number;
  readonly robustFactor: number;
  readonly feedback: 'unicast' | 'multicast';
  readonly stragglers: 'serve' | 'serveLast' | 'leave';
  readonly blockMemoryBytes: number;
  readonly createCodec: CreateFecCodec;
}

export function senderSettings(options: SenderOptions): SenderSettings {
  const { fec, symbolSize } = options;
  const repairSymbolCount = fec.scheme === 'none' ? 0 : fec.repairSymbolCount;
  const proactive = fec.scheme === 'none' ? 0 : (fec.proactiveRepairSymbols ?? 0);
  const settings: SenderSettings = {
    fecEncodingId: fec.scheme === 'none' ? FEC_ENCODING_ID.compactNoCode : FEC_ENCODING_ID.reedSolomon,
    blockLength: fec.blockLength,
    repairSymbolCount,
    proactiveRepairSymbols: proactive,
    symbolSize,
    datagramSizeMax: symbolSize + DATA_OVERHEAD_MAX_BYTES,
    grttMicros: options.grttMicros ?? GRTT_INITIAL_MICROS,
    grttFloorMicros: options.grttFloorMicros ?? GRTT_FLOOR_MICROS,
    grttCeilingMicros: options.grttCeilingMicros ?? GRTT_CEILING_MICROS,
    backoffFactor: options.backoffFactor ?? backoffFactorFor(options.groupSize ?? GROUP_SIZE),
    groupSize: options.groupSize ?? GROUP_SIZE,
    robustFactor: options.robustFactor ?? ROBUST_FACTOR,
    feedback: options.feedback ?? 'unicast',
    stragglers: options.feedback === 'multicast' ? 'serve' : (options.stragglers ?? 'serve'),
    blockMemoryBytes: options.blockMemoryBytes ?? SENDER_BLOCK_MEMORY_BYTES,
    createCodec: options.createCodec ?? createFecCodec,
  };
  demand(isBetween(options.nodeId, 1, NODE_ID_MAX), 'node id');
  demand(isBetween(options.instanceId, 0, 0xffff), 'instance id');
  demand(isBetween(symbolSize, SYMBOL_SIZE_MIN_BYTES, SYMBOL_SIZE_MAX_BYTES), 'symbol size');
  demand(isBetween(fec.blockLength, 1, ENCODING_SYMBOL_COUNT_MAX), 'block length');
  demand(isBetween(repairSymbolCount, 0, ENCODING_SYMBOL_COUNT_MAX - fec.blockLength), 'repair symbol count');
  demand(proactive === 'auto' || isBetween(proactive, 0, repairSymbolCount), 'proactive repair symbols');
  demand(isBetween(settings.backoffFactor, 0, 15), 'backoff factor');
  demand(isBetween(settings.robustFactor, 1, 1000), 'robust factor');
  demand(settings.groupSize >= 1, 'group size');
  if (options.authentication !== undefined) {
    checkSenderAuthentication(options.authentication);
    if (settings.feedback === 'multicast') throw new RangeError('authenticated feedback is for the sender alone');
  }
  demand(settings.grttFloorMicros >= 1 && settings.grttFloorMicros <= settings.grttCeilingMicros, 'grtt limits');
  return settings;
}

function backoffFactorFor(groupSize: number): number {
  const smaller = BACKOFF_FACTORS_OF_SMALLER_GROUPS.find(({ groupSizeMax }) => groupSize <= groupSizeMax);
  return smaller?.factor ?? BACKOFF_FACTOR;
}

function isBetween(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new RangeError(`${what} out of range`);
}
