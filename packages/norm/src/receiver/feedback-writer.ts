import type { MessageSigner } from '../authentication/message-signer.ts';
import type { DatagramBatch } from '../batch.ts';
import type { Micros } from '../time.ts';
import { ACK_TYPE, encodeAck } from '../wire/ack.ts';
import { encodeNack } from '../wire/nack.ts';
import type { CongestionFeedback } from '../wire/ext-cc.ts';
import type { Reception } from '../wire/ext-reception.ts';
import type { ObjectPosition } from '../wire/object-position.ts';
import type { RepairRequest } from '../wire/repair-request.ts';
import { nextSequence } from '../wire/serial.ts';
import type { MutableReceiverStats } from './receiver-stats.ts';

/** Whom feedback is for, and what every message to it carries. */
export interface FeedbackTarget {
  readonly senderId: number;
  readonly instanceId: number;
  readonly peer: number;
  readonly grttResponse: Micros;
  readonly feedback: CongestionFeedback | undefined;
  readonly reception: Reception | undefined;
}

const NO_CONTENT = new Uint8Array(0);

/** Puts a receiver's messages into a batch: numbers them and counts them. */
export class FeedbackWriter {
  readonly #nodeId: number;
  readonly #stats: MutableReceiverStats;
  readonly #signer: MessageSigner | undefined;
  #sequence: number;

  constructor(nodeId: number, stats: MutableReceiverStats, firstSequence: number, signer: MessageSigner | undefined) {
    this.#nodeId = nodeId;
    this.#stats = stats;
    this.#sequence = firstSequence;
    this.#signer = signer;
  }

  nack(batch: DatagramBatch, target: FeedbackTarget, repairRequests: readonly RepairRequest[]): void {
    const { peer, ...fields } = target;
    const end = encodeNack(batch, batch.end, { type: 'nack', ...this.#commonFields(), ...fields, repairRequests });
    this.#stats.nackCount += 1;
    this.#stats.nackBytes += this.#append(batch, end, peer);
  }

  /** `position` belongs to type FLUSH alone. */
  acknowledgement(
    batch: DatagramBatch,
    target: FeedbackTarget,
    ackType: number,
    ackId: number,
    position: ObjectPosition | undefined,
  ): void {
    const { peer, ...fields } = target;
    const common = { type: 'ack', ...this.#commonFields(), ...fields, ackType, ackId, content: NO_CONTENT } as const;
    const end = encodeAck(batch, batch.end, { ...common, position: ackType === ACK_TYPE.flush ? position : undefined });
    this.#append(batch, end, peer);
    this.#stats.acknowledgementCount += 1;
  }

  #append(batch: DatagramBatch, end: number, peer: number): number {
    const offset = batch.end;
    const size = (this.#signer?.reserve(batch, offset, end) ?? end) - offset;
    batch.append(size, peer);
    this.#signer?.sign(batch);
    return size;
  }

  #commonFields(): { readonly sequence: number; readonly sourceId: number } {
    this.#sequence = nextSequence(this.#sequence);
    return { sequence: this.#sequence, sourceId: this.#nodeId };
  }
}
