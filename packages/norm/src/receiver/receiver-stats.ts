import type { Micros } from '../time.ts';

/** What was heard of one sender. Bytes are UDP payload. */
export interface RemoteSenderStats {
  readonly instanceId: number;
  readonly datagramCount: number;
  readonly byteCount: number;
  /** Part of the sender's datagrams that never came, by their sequence numbers; over all, and lately. */
  readonly lossRatio: number;
  readonly recentLossRatio: number;
  readonly grttMicros: Micros;
  readonly rateBytesPerSecond: number | undefined;
}

export interface ReceiverStats {
  datagramCount: number;
  byteCount: number;
  /** Datagrams that were not NORM, or malformed. */
  malformedCount: number;
  /** Symbols that were there already. */
  duplicateCount: number;
  /** Symbols restored by the code instead of received. */
  decodedSymbolCount: number;
  nackCount: number;
  nackBytes: number;
  /** NACK cycles that ended in silence because somebody else had asked. */
  suppressedCount: number;
  acknowledgementCount: number;
  readonly senders: ReadonlyMap<number, RemoteSenderStats>;
}
