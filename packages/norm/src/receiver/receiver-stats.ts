import type { AuthenticationStats } from '../authentication/authentication-stats.ts';
import type { Micros } from '../time.ts';

/** What was heard of one sender. Bytes are UDP payload. */
export interface RemoteSenderStats {
  readonly instanceId: number;
  readonly datagramCount: number;
  readonly byteCount: number;
  /** Part of the sender's datagrams that never came, by their sequence numbers: of all, and lately. */
  readonly lossRatio: number;
  readonly recentLossRatio: number;
  /** As the sender advertises it. */
  readonly grttMicros: Micros;
}

/** Of an authenticated session everything but what AuthenticationStats counts is of authentic datagrams. */
export interface ReceiverStats extends AuthenticationStats {
  readonly datagramCount: number;
  readonly byteCount: number;
  /** Datagrams that were not NORM, or malformed, or contradicted what the sender had announced. */
  readonly malformedCount: number;
  /** Symbols that were there already. */
  readonly duplicateCount: number;
  /** Source symbols restored by the code instead of received. */
  readonly decodedSymbolCount: number;
  readonly nackCount: number;
  readonly nackBytes: number;
  /** Repair cycles that ended in silence because others had asked for all of it. */
  readonly suppressedCount: number;
  readonly acknowledgementCount: number;
  /** By node id. */
  readonly senders: ReadonlyMap<number, RemoteSenderStats>;
}

export type MutableReceiverStats = {
  -readonly [Field in Exclude<keyof ReceiverStats, 'senders'>]: ReceiverStats[Field];
};

export function newReceiverStats(): MutableReceiverStats {
  return {
    datagramCount: 0,
    byteCount: 0,
    malformedCount: 0,
    duplicateCount: 0,
    decodedSymbolCount: 0,
    nackCount: 0,
    nackBytes: 0,
    suppressedCount: 0,
    acknowledgementCount: 0,
    unauthenticatedCount: 0,
    replayedCount: 0,
  };
}
