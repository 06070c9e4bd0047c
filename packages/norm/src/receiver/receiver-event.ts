import type { ObjectAnnouncement } from './receiver-options.ts';

/** Which object: transport ids mean something only together with the sender and its life. */
export interface ObjectKey {
  readonly senderId: number;
  readonly instanceId: number;
  readonly toi: number;
}

export type ObjectAbortReason =
  /** The sender no longer has it (SQUELCH), or only from a later block on. */
  | 'squelched'
  /** The sender started again: another instance id. */
  | 'senderChanged'
  /** More objects at once than the limit; the oldest went. */
  | 'displaced'
  /** The sink threw. */
  | 'sinkFailed';

/** What a receiver session tells its application. */
export type ReceiverEvent =
  | { readonly type: 'objectAnnounced'; readonly object: ObjectKey; readonly announcement: ObjectAnnouncement }
  /** Announced with parameters beyond the limits, or ones that contradict what was announced before. Once per object. */
  | { readonly type: 'objectRefused'; readonly object: ObjectKey; readonly reason: string }
  | { readonly type: 'infoReceived'; readonly object: ObjectKey; readonly info: Uint8Array }
  /** These bytes are in the sink now. Each byte is reported once; bytes from `held` and `putRange` are not reported. */
  | { readonly type: 'rangeWritten'; readonly object: ObjectKey; readonly offset: number; readonly length: number }
  /** Every byte is in the sink, and the INFO, if one was announced, was reported. */
  | { readonly type: 'objectCompleted'; readonly object: ObjectKey }
  /** No more will come of this object by multicast. What it has stays: see `missingRanges`. */
  | {
      readonly type: 'objectAborted';
      readonly object: ObjectKey;
      readonly reason: ObjectAbortReason;
      readonly cause?: unknown;
    }
  | { readonly type: 'senderHeard'; readonly senderId: number; readonly instanceId: number; readonly peer: number }
  | { readonly type: 'senderChanged'; readonly senderId: number; readonly instanceId: number }
  | { readonly type: 'senderInactive'; readonly senderId: number; readonly instanceId: number }
  | { readonly type: 'endOfTransmission'; readonly senderId: number; readonly instanceId: number };
