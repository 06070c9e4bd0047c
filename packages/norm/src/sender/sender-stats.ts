import type { AuthenticationStats } from '../authentication/authentication-stats.ts';
import type { Micros } from '../time.ts';
import type { RoundTripFilter } from './round-trip-filter.ts';

/** What one receiver's feedback came to. The server judges from this who is a straggler. */
export interface ReceiverFeedback {
  readonly nackCount: number;
  /** Encoding symbols asked for, whole blocks counted as their source symbols. */
  readonly symbolsRequested: number;
  readonly acknowledgementCount: number;
  readonly lastHeardAt: Micros;
  readonly lastNackAt: Micros | undefined;
  /** Part of the sender's datagrams that lately did not reach it, 0 to 1, as it said last; undefined: it said nothing. */
  readonly lossRatio: number | undefined;
  readonly peer: number;
}

/** Running totals; bytes are UDP payload. */
export interface SenderStats extends AuthenticationStats {
  /** DATA of the first pass: source symbols. */
  readonly dataBytes: number;
  readonly dataCount: number;
  /** DATA that repairs: parity, proactive or asked for, and source symbols that are sent again. */
  readonly repairBytes: number;
  readonly repairCount: number;
  /** Of repairCount, those that were repair symbols of the code. */
  readonly parityCount: number;
  readonly infoBytes: number;
  readonly commandBytes: number;
  readonly nackCount: number;
  /** NACKs with nothing new in them: already pending, or just repaired. */
  readonly nackIgnoredCount: number;
  /** Datagrams that were malformed, or feedback for somebody else. */
  readonly refusedCount: number;
  /** How often the sender's sequence has rolled over, where it is authenticated. */
  readonly rollover: number;
  /** As advertised. */
  readonly grttMicros: Micros;
  readonly rateBytesPerSecond: number;
  /** The receiver by which the automatic rate goes. */
  readonly limitingNodeId: number | undefined;
  readonly receivers: ReadonlyMap<number, ReceiverFeedback>;
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

export type MutableReceiverFeedback = Mutable<ReceiverFeedback> & { readonly roundTrips: RoundTripFilter };
export type MutableSenderStats = Omit<Mutable<SenderStats>, 'receivers'> & {
  readonly receivers: Map<number, MutableReceiverFeedback>;
};

export function newSenderStats(): MutableSenderStats {
  return {
    dataBytes: 0,
    dataCount: 0,
    repairBytes: 0,
    repairCount: 0,
    parityCount: 0,
    infoBytes: 0,
    commandBytes: 0,
    nackCount: 0,
    nackIgnoredCount: 0,
    refusedCount: 0,
    unauthenticatedCount: 0,
    replayedCount: 0,
    rollover: 0,
    grttMicros: 0,
    rateBytesPerSecond: 0,
    limitingNodeId: undefined,
    receivers: new Map(),
  };
}
