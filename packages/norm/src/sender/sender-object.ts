import { BlockPartition } from '../object/block-partition.ts';
import type { ObjectSource } from '../object/object-port.ts';
import type { ObjectTransmissionInformation } from '../wire/ext-fti.ts';
import { OBJECT_FLAG } from '../wire/object-flags.ts';
import type { EnqueuedObject } from './sender-options.ts';
import { TransmitCursor } from './transmit-cursor.ts';

/** An object in the sender's window: what was sent of it, and what it takes to send more. One byte a block. */
export class SenderObject {
  readonly toi: number;
  readonly source: ObjectSource;
  readonly info: Uint8Array | undefined;
  /** Flags of every message about it. */
  readonly flags: number;
  readonly oti: ObjectTransmissionInformation;
  /** What every DATA tells of it: nothing where INFO does, so that a symbol fills its datagram but for 20 bytes. */
  readonly dataOti: ObjectTransmissionInformation | undefined;
  readonly partition: BlockPartition;
  readonly cursor: TransmitCursor;
  /** Most of it is expected to be at the receivers already. */
  readonly isPartial: boolean;
  /** Per block, how many repair symbols have been sent: the next unused one. */
  readonly paritySent: Uint8Array;
  infoSent = false;
  /** Proactive parity that is still to follow the block that was just sent. */
  parityBlock = 0;
  parityDue = 0;

  constructor(toi: number, object: EnqueuedObject, oti: ObjectTransmissionInformation) {
    this.toi = toi;
    this.source = object.source;
    this.info = object.info;
    this.flags = (object.kind === 'data' ? 0 : OBJECT_FLAG.file) | (object.info === undefined ? 0 : OBJECT_FLAG.info);
    this.oti = oti;
    this.dataOti = object.info === undefined ? oti : undefined;
    this.partition = new BlockPartition(oti.transferLength, oti.encodingSymbolLength, oti.maximumSourceBlockLength);
    this.cursor = new TransmitCursor(this.partition, object.ranges);
    this.isPartial = object.ranges !== undefined;
    this.paritySent = new Uint8Array(this.partition.blockCount);
  }

  /** Everything that was to be sent unasked has been sent. */
  get isSent(): boolean {
    return this.cursor.isDone && this.parityDue === 0 && (this.infoSent || this.info === undefined);
  }

  /** The next repair symbol of the block that was never sent. It counts as sent. */
  takeParity(block: number): number {
    const repairIndex = this.paritySent[block]!;
    this.paritySent[block] = repairIndex + 1;
    return repairIndex;
  }

  /** Repair symbols of the block that were never sent, less those that will be sent unasked: what a repair may take. */
  parityLeft(block: number): number {
    const reserved = block === this.parityBlock ? this.parityDue : 0;
    return this.oti.repairSymbolCount - this.paritySent[block]! - reserved;
  }
}
