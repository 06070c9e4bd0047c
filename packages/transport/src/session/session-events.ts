import type { ByteRange, ObjectAnnouncement, ObjectKey, ReceiverEvent, SenderEvent } from '@rollcall/norm';
import type { TransportErrorCode } from '../transport-error.ts';
import type { UdpSocketCounts } from '../udp/udp-socket.ts';

/** Why something failed, as it crosses threads. */
export interface Failure {
  readonly code: TransportErrorCode;
  readonly message: string;
}

/** The network refuses datagrams at the moment, and why; without a reason: it takes them again. */
interface NetworkTrouble {
  readonly type: 'networkTrouble';
  readonly reason: string | undefined;
}

/** Running totals of what left this host. Bytes are UDP payload unless said otherwise. */
export interface SenderProgress extends UdpSocketCounts {
  readonly type: 'progress';
  readonly dataBytes: number;
  readonly repairBytes: number;
  readonly infoBytes: number;
  readonly commandBytes: number;
  readonly dataCount: number;
  readonly repairCount: number;
  readonly nackCount: number;
  /** Datagrams that were dropped because nobody with a key made them, or that had come before. */
  readonly unauthenticatedCount: number;
  readonly replayedCount: number;
  /** How often the sequence has rolled over; 0 without keys. */
  readonly rollover: number;
  readonly grttMicros: number;
  readonly rateBitsPerSecond: number;
  /** The receiver by which an automatic rate goes. */
  readonly limitingNodeId: number | undefined;
  readonly sentDatagrams: number;
  /** With IP and UDP headers. */
  readonly wireBytes: number;
}

/** What one receiver's feedback came to. Times are those of `processMillis`. */
export interface ReceiverFeedbackReport {
  readonly nodeId: number;
  readonly address: string | undefined;
  readonly nackCount: number;
  readonly symbolsRequested: number;
  readonly acknowledgementCount: number;
  readonly lastHeardAt: number;
  readonly lastNackAt: number | undefined;
  /** What it lately lost of the sender's datagrams, 0 to 1; undefined: it did not say. */
  readonly lossRatio: number | undefined;
}

export type SenderSessionEvent =
  | Exclude<SenderEvent, { readonly type: 'objectFailed' }>
  | { readonly type: 'objectFailed'; readonly toi: number; readonly failure: Failure }
  /** SHA-256 in hexadecimal, once all has been read; undefined, before that too: the session does not make it. */
  | { readonly type: 'objectDigested'; readonly toi: number; readonly sha256: string | undefined }
  | SenderProgress
  /** All receivers that were ever heard, the one that was silent longest first; told when one was heard again. */
  | { readonly type: 'feedback'; readonly receivers: readonly ReceiverFeedbackReport[] }
  | NetworkTrouble;

/** How far one object has come in. */
export interface ObjectProgress {
  readonly object: ObjectKey;
  readonly size: number;
  /** Bytes in the store, those held from the start included. */
  readonly heldBytes: number;
  /** Of these, the ones from the beginning on without a gap. */
  readonly prefixBytes: number;
}

export interface ReceiverProgress extends UdpSocketCounts {
  readonly type: 'progress';
  readonly objects: readonly ObjectProgress[];
  readonly datagramCount: number;
  /** UDP payload. */
  readonly byteCount: number;
  readonly malformedCount: number;
  /** Datagrams that the sender did not sign, or that had come before; they count nowhere else. */
  readonly unauthenticatedCount: number;
  readonly replayedCount: number;
  readonly duplicateCount: number;
  readonly decodedSymbolCount: number;
  readonly nackCount: number;
  readonly suppressedCount: number;
  readonly acknowledgementCount: number;
  /** Part of the sender's datagrams that never came: over all, and lately. */
  readonly lossRatio: number;
  readonly recentLossRatio: number;
}

export type ReceiverSessionEvent =
  | Exclude<ReceiverEvent, { readonly type: 'objectAnnounced' | 'objectAborted' | 'objectCompleted' | 'rangeWritten' }>
  | {
      readonly type: 'objectAnnounced';
      readonly object: ObjectKey;
      readonly announcement: ObjectAnnouncement;
      /** The file into which it goes. */
      readonly path: string | undefined;
    }
  /** Every byte is in the store. `bytes`: the content, when the store is memory. */
  | { readonly type: 'objectCompleted'; readonly object: ObjectKey; readonly bytes: Uint8Array | undefined }
  /** SHA-256 of a complete object in hexadecimal; undefined, before that too: the session does not make it. */
  | { readonly type: 'objectDigested'; readonly object: ObjectKey; readonly sha256: string | undefined }
  | {
      readonly type: 'objectAborted';
      readonly object: ObjectKey;
      readonly reason: Extract<ReceiverEvent, { readonly type: 'objectAborted' }>['reason'];
      readonly failure: Failure | undefined;
    }
  /** These leaves (index, count) have the right hash, or tag if they are encrypted, and are on the disk. */
  | { readonly type: 'leavesVerified'; readonly toi: number; readonly leaves: readonly ByteRange[] }
  /** The bytes of this leaf came, and are not those of the leaf table: to be fetched by another path. */
  | { readonly type: 'leafCorrupt'; readonly toi: number; readonly leaf: number }
  | ReceiverProgress
  | NetworkTrouble;
