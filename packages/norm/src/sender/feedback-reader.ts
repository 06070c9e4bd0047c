import type { DatagramBatch } from '../batch.ts';
import { RECEIVERS_TRACKED_MAX } from '../limits.ts';
import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import { ACK_TYPE, decodeAck, type AckMessage } from '../wire/ack.ts';
import { identifyMessage } from '../wire/message.ts';
import { decodeNack, type NackMessage } from '../wire/nack.ts';
import type { ObjectPosition } from '../wire/object-position.ts';
import { unquantizeLoss } from '../wire/quantization.ts';
import type { RepairRequest } from '../wire/repair-request.ts';
import type { CongestionReport } from './auto-rate.ts';
import { RoundTripFilter } from './round-trip-filter.ts';
import type { MutableReceiverFeedback, MutableSenderStats } from './sender-stats.ts';

/** Round trips above are clocks gone wrong, or made up. */
const ROUND_TRIP_MAX_MICROS = 60 * MICROS_PER_SECOND;

/** Who acts on feedback. */
export interface FeedbackHandler {
  onReceiverHeard(nodeId: number, peer: number): void;
  onRoundTrip(roundTrip: Micros): void;
  /** Part of the sender's datagrams that lately did not reach this receiver. */
  onLossReported(now: Micros, nodeId: number, lossRatio: number): void;
  /** There was no room for this receiver any more. */
  onReceiverForgotten(nodeId: number): void;
  onCongestion(now: Micros, report: CongestionReport): void;
  /** `heardUntil`: what was sent before, the receiver had got or lost when it asked. Returns how many symbols it wants. */
  onRepairRequests(
    now: Micros,
    nodeId: number,
    requests: readonly RepairRequest[],
    heardUntil: Micros | undefined,
  ): number;
  onFlushAcknowledged(now: Micros, nodeId: number, position: ObjectPosition): void;
}

interface Origin {
  readonly peer: number;
  /** How long it had lain in our socket. */
  readonly waited: Micros;
}

/** Reads what receivers send to this life of this sender, keeps count of who said how much, and passes on what it means. */
export class FeedbackReader {
  readonly #nodeId: number;
  readonly #instanceId: number;
  readonly #stats: MutableSenderStats;
  readonly #handler: FeedbackHandler;

  constructor(nodeId: number, instanceId: number, stats: MutableSenderStats, handler: FeedbackHandler) {
    this.#nodeId = nodeId;
    this.#instanceId = instanceId;
    this.#stats = stats;
    this.#handler = handler;
  }

  read(now: Micros, arena: DatagramBatch, index: number): void {
    const offset = arena.offsets[index]!;
    const length = arena.lengths[index]!;
    const from = { peer: arena.peers[index]!, waited: arena.waited[index]! };
    const name = identifyMessage(arena, offset, length);
    if (name === 'nack') {
      const decoded = decodeNack(arena, offset, length);
      if (decoded.ok && this.#isForUs(decoded.message)) this.#readNack(now, decoded.message, from);
      else this.#stats.refusedCount += 1;
    } else if (name === 'ack') {
      const decoded = decodeAck(arena, offset, length);
      if (decoded.ok && this.#isForUs(decoded.message)) this.#readAck(now, decoded.message, from);
      else this.#stats.refusedCount += 1;
    } else if (typeof name !== 'string') {
      this.#stats.refusedCount += 1;
    }
  }

  #isForUs(message: NackMessage | AckMessage): boolean {
    return message.senderId === this.#nodeId && message.instanceId === this.#instanceId;
  }

  #readNack(now: Micros, message: NackMessage, { peer, waited }: Origin): void {
    const { sourceId, grttResponse, repairRequests } = message;
    const receiver = this.#receiver(now, sourceId, peer);
    this.#readRoundTrip(now, message, receiver, waited);
    this.#readLoss(now, message, receiver);
    this.#stats.nackCount += 1;
    // The answer to a probe is the probe's send time and how long it was held: so on the sender's clock it is when the
    // request was made, less the time that a datagram took to that receiver.
    const heardUntil = grttResponse === 0 || grttResponse > now ? undefined : grttResponse;
    const symbolsRequested = this.#handler.onRepairRequests(now, sourceId, repairRequests, heardUntil);
    receiver.nackCount += 1;
    receiver.symbolsRequested += symbolsRequested;
    receiver.lastNackAt = now;
  }

  #readAck(now: Micros, message: AckMessage, { peer, waited }: Origin): void {
    const { sourceId, ackType, position } = message;
    const receiver = this.#receiver(now, sourceId, peer);
    this.#readRoundTrip(now, message, receiver, waited);
    this.#readLoss(now, message, receiver);
    receiver.acknowledgementCount += 1;
    if (ackType === ACK_TYPE.flush && position !== undefined) {
      this.#handler.onFlushAcknowledged(now, sourceId, position);
    }
  }

  /**
   * What a group waits for is the whole time until an answer is read. What the network takes of it is less by what the
   * probe lay in the receiver's socket, and the answer in ours: a busy machine is no queue on the way.
   */
  #readRoundTrip(
    now: Micros,
    message: NackMessage | AckMessage,
    receiver: MutableReceiverFeedback,
    waited: Micros,
  ): void {
    const { sourceId, grttResponse, feedback, reception } = message;
    const sinceProbe = now - grttResponse;
    const isCredible = grttResponse !== 0 && sinceProbe >= 0 && sinceProbe <= ROUND_TRIP_MAX_MICROS;
    const roundTrip = isCredible ? sinceProbe : undefined;
    if (roundTrip !== undefined)
      this.#handler.onRoundTrip(receiver.roundTrips.add(now, roundTrip, this.#stats.grttMicros));
    if (feedback === undefined) return;
    const underWay = roundTrip === undefined ? undefined : roundTrip - waited - (reception?.waitedMicros ?? 0);
    const isKnown = underWay !== undefined && underWay >= 0;
    this.#handler.onCongestion(now, {
      nodeId: sourceId,
      feedback,
      reception,
      roundTrip: isKnown ? underWay : undefined,
    });
  }

  #readLoss(now: Micros, { sourceId, feedback }: NackMessage | AckMessage, receiver: MutableReceiverFeedback): void {
    if (feedback === undefined) return;
    receiver.lossRatio = unquantizeLoss(feedback.lossQuantized);
    this.#handler.onLossReported(now, sourceId, receiver.lossRatio);
  }

  /** The receivers are kept in the order in which they were last heard; the one that was silent longest makes room. */
  #receiver(now: Micros, nodeId: number, peer: number): MutableReceiverFeedback {
    const { receivers } = this.#stats;
    let receiver = receivers.get(nodeId);
    if (receiver === undefined) {
      const [silentLongest] = receivers.size < RECEIVERS_TRACKED_MAX ? [] : receivers.keys();
      if (silentLongest !== undefined) {
        receivers.delete(silentLongest);
        this.#handler.onReceiverForgotten(silentLongest);
      }
      const counts = { nackCount: 0, symbolsRequested: 0, acknowledgementCount: 0 };
      const unsaid = { lastNackAt: undefined, lossRatio: undefined };
      receiver = { ...counts, ...unsaid, lastHeardAt: now, peer, roundTrips: new RoundTripFilter() };
      this.#handler.onReceiverHeard(nodeId, peer);
    }
    receivers.delete(nodeId);
    receivers.set(nodeId, receiver);
    receiver.lastHeardAt = now;
    receiver.peer = peer;
    return receiver;
  }
}
