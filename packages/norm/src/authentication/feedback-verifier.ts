import type { DatagramBatch } from '../batch.ts';
import {
  FEEDBACK_REPLAY_WINDOW_MESSAGES,
  FEEDBACK_ROLLOVERS_AHEAD_MAX,
  RECEIVERS_TRACKED_MAX,
  ROLLOVER_TRIES_PER_SECOND_MAX,
} from '../limits.ts';
import { PayloadViews } from '../object/payload-views.ts';
import type { Micros } from '../time.ts';
import { findMac } from '../wire/ext-auth.ts';
import { MESSAGE_TYPE, NORM_VERSION } from '../wire/header.ts';
import type { SenderAuthentication } from './authentication.ts';
import type { MutableAuthenticationStats } from './authentication-stats.ts';
import { DIRECTION, type DatagramMac } from './datagram-mac.ts';
import { extend, extendNear, SEQUENCES_PER_ROLLOVER } from './extended-sequence.ts';
import { MAC_KEY_SIZE } from './mac-kernel.ts';
import { ReplayWindow } from './replay-window.ts';
import { SearchBudget } from './search-budget.ts';

interface Node {
  readonly key: Uint8Array;
  readonly window: ReplayWindow;
}

/** Sender id and instance id of a NACK or ACK end here. */
const FIELDS_SIZE = 14;

/**
 * What a sender holds against feedback: that the node whose id it bears made it, that it is whole, and that it is new. A
 * node is remembered from its first authentic message on; who has no key leaves nothing behind.
 */
export class FeedbackVerifier {
  readonly #senderId: number;
  readonly #instanceId: number;
  readonly #mac: DatagramMac;
  readonly #secret: Uint8Array;
  readonly #stats: MutableAuthenticationStats;
  readonly #nodes = new Map<number, Node>();
  readonly #views = new PayloadViews();
  readonly #strangersKey = new Uint8Array(MAC_KEY_SIZE);
  readonly #budget = new SearchBudget(ROLLOVER_TRIES_PER_SECOND_MAX, ROLLOVER_TRIES_PER_SECOND_MAX / 100);

  constructor(
    nodeId: number,
    instanceId: number,
    mac: DatagramMac,
    { feedbackSecret }: SenderAuthentication,
    stats: MutableAuthenticationStats,
  ) {
    this.#senderId = nodeId;
    this.#instanceId = instanceId;
    this.#mac = mac;
    this.#secret = feedbackSecret.slice();
    this.#stats = stats;
  }

  /** Whether this datagram may be read. The checks come in the order of what they cost. */
  accepts(now: Micros, received: DatagramBatch, index: number): boolean {
    const { view } = received;
    const offset = received.offsets[index]!;
    const length = received.lengths[index]!;
    const macAt = this.#isFeedback(view, offset, length) ? findMac(view, offset, length) : -1;
    if (macAt === -1) {
      this.#stats.unauthenticatedCount += 1;
      return false;
    }
    const nodeId = view.getUint32(offset + 4);
    const sequence = view.getUint16(offset + 2);
    const node = this.#nodes.get(nodeId);
    const key = node?.key ?? this.#keyOf(nodeId);
    this.#mac.put(this.#views.of(received.bytes, index, offset, length), macAt - offset);
    // A node that began anew goes on with another roll-over count, which only the MAC tells.
    const first = node === undefined ? extend(0, sequence) : extendNear(node.window.highest, sequence);
    for (let count = 0; count <= FEEDBACK_ROLLOVERS_AHEAD_MAX; count += 1) {
      if (count > 0 && this.#budget.take(now, 1) === 0) break;
      const candidate = first + count * SEQUENCES_PER_ROLLOVER;
      if (candidate < 0 || node?.window.isFresh(candidate) === false) continue;
      if (!this.#mac.matches(key, DIRECTION.receiverToSender, candidate, view, macAt)) continue;
      if (node === undefined) return this.#remember(nodeId, key, candidate);
      node.window.take(candidate);
      return true;
    }
    if (node?.window.isFresh(first) === false) this.#stats.replayedCount += 1;
    else this.#stats.unauthenticatedCount += 1;
    return false;
  }

  #isFeedback(view: DataView, offset: number, length: number): boolean {
    if (length < FIELDS_SIZE || view.getUint8(offset) >> 4 !== NORM_VERSION) return false;
    const type = view.getUint8(offset) & 0xf;
    return (
      (type === MESSAGE_TYPE.nack || type === MESSAGE_TYPE.ack) &&
      view.getUint32(offset + 8) === this.#senderId &&
      view.getUint16(offset + 12) === this.#instanceId
    );
  }

  #keyOf(nodeId: number): Uint8Array {
    this.#strangersKey.set(this.#mac.deriveFeedbackKey(this.#secret, nodeId));
    return this.#strangersKey;
  }

  #remember(nodeId: number, key: Uint8Array, extendedSequence: number): boolean {
    // To forget one would let its old messages in again.
    if (this.#nodes.size >= RECEIVERS_TRACKED_MAX) return false;
    const window = new ReplayWindow(FEEDBACK_REPLAY_WINDOW_MESSAGES, extendedSequence - 1);
    window.take(extendedSequence);
    this.#nodes.set(nodeId, { key: key.slice(), window });
    return true;
  }
}
