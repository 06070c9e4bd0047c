import type { BreakerCause } from './circuit-breaker.ts';

/** What a sender session tells its application. */
export type SenderEvent =
  /** Everything of the object that was to be sent unasked has been sent once. */
  | { readonly type: 'objectSent'; readonly toi: number }
  /** The source could not be read; the object is squelched. */
  | { readonly type: 'objectFailed'; readonly toi: number; readonly cause: unknown }
  /** First valid feedback of this node. */
  | { readonly type: 'receiverHeard'; readonly nodeId: number; readonly peer: number }
  /** A NACK asked for repair that was not pending yet. */
  | { readonly type: 'repairRequested'; readonly nodeId: number }
  /**
   * A receiver is so much worse than the rest that it does not set the pace any more: what it asks for is not sent while
   * there is anything else to send, or not at all, see `SenderOptions.stragglers`. Once for each.
   */
  | {
      readonly type: 'stragglerFound';
      readonly nodeId: number;
      /** What it loses, and what the worst loses of those that are served. */
      readonly lossRatio: number;
      readonly groupLossRatio: number;
    }
  /**
   * A receiver alone goes on asking for more repair than it can lack, by what it reports and by what most others lack:
   * nothing is sent for it any more. Once for each, and only where stragglers are left.
   */
  | { readonly type: 'demandExceeded'; readonly nodeId: number }
  /** All repair that was asked for has been sent. */
  | { readonly type: 'repairsSent' }
  /** A node has acknowledged everything up to the watermark. */
  | { readonly type: 'acknowledged'; readonly nodeId: number }
  /** Every node that was required has acknowledged, or the sender stopped asking. */
  | { readonly type: 'watermarkCompleted'; readonly unacknowledged: readonly number[] }
  /** Nothing to send, and a whole round of flushes brought no request. Comes again after every later activity. */
  | { readonly type: 'flushCompleted' }
  /**
   * The automatic rate is down at its floor, because nobody answers or because nobody gets even half of what is sent;
   * without a cause: it is free again.
   */
  | { readonly type: 'breakerChanged'; readonly cause: BreakerCause | undefined }
  /** `end()` has run its course: end of transmission was announced, nothing more will be sent. */
  | { readonly type: 'ended' };
