import type { DatagramBatch } from '../batch.ts';
import type { ByteRange } from '../range-set.ts';
import type { Session } from '../session.ts';
import type { Micros } from '../time.ts';
import type { ObjectKey, ReceiverEvent } from './receiver-event.ts';
import type { ReceiverOptions } from './receiver-options.ts';
import type { ReceiverStats } from './receiver-stats.ts';

export declare class ReceiverSession implements Session<ReceiverEvent> {
  constructor(options: ReceiverOptions);
  handleDatagrams(now: Micros, received: DatagramBatch): void;
  handleTimeout(now: Micros): void;
  pollTransmit(now: Micros, batch: DatagramBatch): number;
  pollTimeout(): Micros | undefined;
  pollEvent(): ReceiverEvent | undefined;

  /**
   * What of the object is not in the sink. Symbols that wait in memory for their block are first written to the sink
   * (and reported), so that the answer is exact. Undefined: no such object.
   */
  missingRanges(object: ObjectKey): readonly ByteRange[] | undefined;
  /** Bytes that came by another path: writes them to the sink and asks for them no more. False: no such object. */
  putRange(object: ObjectKey, offset: number, bytes: Uint8Array): boolean;
  /** Takes no more of this object and forgets it. */
  dropObject(object: ObjectKey): void;
  readonly stats: ReceiverStats;
}
