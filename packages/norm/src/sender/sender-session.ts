import type { DatagramBatch } from '../batch.ts';
import type { Session } from '../session.ts';
import type { Micros } from '../time.ts';
import type { SenderEvent } from './sender-event.ts';
import type { EnqueuedObject, SenderOptions } from './sender-options.ts';
import type { SenderStats } from './sender-stats.ts';

export declare class SenderSession implements Session<SenderEvent> {
  constructor(options: SenderOptions);
  handleDatagrams(now: Micros, received: DatagramBatch): void;
  handleTimeout(now: Micros): void;
  pollTransmit(now: Micros, batch: DatagramBatch): number;
  pollTimeout(): Micros | undefined;
  pollEvent(): SenderEvent | undefined;

  /** Puts an object behind the others in the queue. Returns its transport object id: firstToi, firstToi + 1, … */
  enqueueObject(object: EnqueuedObject): number;
  /** Forgets an object: what was not sent is not sent any more, and who asks for it is squelched. */
  releaseObject(toi: number): void;
  setRate(bytesPerSecond: number): void;
  /** Sends no more data or repair (probes still go, so that receivers do not take the sender for dead). */
  pause(): void;
  resume(): void;
  /** Asks these nodes to acknowledge everything enqueued so far. */
  requireAcknowledgement(nodeIds: readonly number[]): void;
  /** After what is enqueued: flush, end of transmission, then the event 'ended'. */
  end(): void;
  /** Announces the end of transmission at once, whatever is still pending. */
  abort(): void;
  /** Everything enqueued has been sent at least once and no repair is pending. */
  readonly isIdle: boolean;
  readonly stats: SenderStats;
}
