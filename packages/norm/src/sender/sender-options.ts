import type { SenderAuthentication } from '../authentication/authentication.ts';
import type { CreateFecCodec } from '../fec/fec-codec.ts';
import type { ObjectKind, ObjectSource } from '../object/object-port.ts';
import type { ByteRange } from '../range-set.ts';
import type { Micros } from '../time.ts';
import type { Burst } from './pacer.ts';

/**
 * How an object's symbols are protected.
 *
 * `none` is Compact No-Code (FEC encoding id 0); NRL's library does not know it, and takes `reedSolomon` with
 * `repairSymbolCount` 0 instead. `blockLength` + `repairSymbolCount` is at most 255.
 */
export type FecSetting =
  | { readonly scheme: 'none'; readonly blockLength: number }
  | {
      readonly scheme: 'reedSolomon';
      readonly blockLength: number;
      /** Repair symbols that exist for a block. They are computed only when they are sent. */
      readonly repairSymbolCount: number;
      /** Sent unasked after each block's source symbols. 'auto': as many as every recent block turned out to need. Default 0. */
      readonly proactiveRepairSymbols?: number | 'auto';
    };

/** How fast to send: UDP payload bytes per second, everything counted. */
export type RateSetting =
  | { readonly mode: 'fixed'; readonly bytesPerSecond: number }
  /** As fast as the slowest receiver's path takes it, by its feedback. Default: no upper bound. */
  | { readonly mode: 'auto'; readonly maxBytesPerSecond?: number };

/** All but the first six have a default, see `limits.ts`. */
export interface SenderOptions {
  /** 1 to 0xfffffffe; unique among those that speak on the group. */
  readonly nodeId: number;
  /** 16 bits; another one after every restart, so that receivers do not mix the objects of two lives. */
  readonly instanceId: number;
  readonly seed: number;
  readonly rate: RateSetting;
  /** Bytes of object data in a full DATA message (NormSegmentSize). The datagram is at most 84 bytes longer. */
  readonly symbolSize: number;
  readonly fec: FecSetting;
  /** First estimate of the group's greatest round-trip time, until receivers have answered a probe. */
  readonly grttMicros?: Micros;
  /** The estimate never falls below: it must cover the scheduling jitter of the machines, not only the wire. */
  readonly grttFloorMicros?: Micros;
  readonly grttCeilingMicros?: Micros;
  /** K of RFC 5740 §5.4: receivers spread their NACKs over K × GRTT. Default: by the group size. */
  readonly backoffFactor?: number;
  /** How many receivers to expect; spreads feedback. */
  readonly groupSize?: number;
  /** NORM_ROBUST_FACTOR: how often flush, acknowledgement request and end of transmission are repeated. */
  readonly robustFactor?: number;
  /** How far the pacer may catch up at once after the driver came late. */
  readonly burst?: Burst;
  readonly firstToi?: number;
  /** How receivers of this session answer. For 'unicast' the sender repeats requests by REPAIR_ADV. Default 'unicast'. */
  readonly feedback?: 'unicast' | 'multicast';
  /**
   * A receiver that is far worse than the rest is served like everybody, after everybody, or not at all (because it gets
   * what it lacks in another way). Only where feedback is unicast: otherwise its requests keep others from asking. Default
   * 'serve'.
   */
  readonly stragglers?: 'serve' | 'serveLast' | 'leave';
  /** Memory for blocks being read, encoded and repaired. */
  readonly blockMemoryBytes?: number;
  /** Block buffers and erasure code. Default: Reed-Solomon, as the FEC encoding id says. */
  readonly createCodec?: CreateFecCodec;
  /** Sign every message, and hear only feedback that is signed. Only where feedback is unicast. Default: neither. */
  readonly authentication?: SenderAuthentication;
}

export interface EnqueuedObject {
  readonly source: ObjectSource;
  /**
   * Application's description of the object, at most 12 bytes shorter than a symbol; sent as NORM_INFO. With one (it may
   * be empty) the object's FTI goes with it alone; without, with every DATA message, 16 bytes longer than otherwise.
   */
  readonly info?: Uint8Array;
  readonly kind?: ObjectKind;
  /** Send unasked only the symbols that touch these; all else only when it is asked for. Default: everything. */
  readonly ranges?: readonly ByteRange[];
}
