import type { Micros } from '../time.ts';

/** What one receiver's feedback came to. The server judges from this who is a straggler. */
export interface ReceiverFeedback {
  nackCount: number;
  /** Encoding symbols asked for, whole blocks and objects counted as such. */
  symbolsRequested: number;
  acknowledgementCount: number;
  lastHeardAt: Micros;
  lastNackAt: Micros | undefined;
  peer: number;
}

/** Running totals; bytes are UDP payload. */
export interface SenderStats {
  dataBytes: number;
  repairBytes: number;
  infoBytes: number;
  commandBytes: number;
  dataCount: number;
  repairCount: number;
  /** Repair sent as parity (of repairCount), proactive parity included. */
  parityCount: number;
  nackCount: number;
  /** NACKs with nothing new in them: already pending, or just repaired. */
  nackIgnoredCount: number;
  refusedCount: number;
  grttMicros: Micros;
  rateBytesPerSecond: number;
  readonly receivers: ReadonlyMap<number, ReceiverFeedback>;
}
