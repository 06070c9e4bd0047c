import type { DatagramBatch } from '../batch.ts';
import {
  OUTAGE_MICROS_MIN,
  REPLAY_WINDOW_MESSAGES,
  ROLLOVER_TRIES_PER_DATAGRAM_MAX,
  ROLLOVER_TRIES_PER_SECOND_MAX,
  ROLLOVERS_AHEAD_MAX,
  ROLLOVERS_BEFORE_FIRST_MAX,
  ROLLOVERS_PER_SECOND_MAX,
} from '../limits.ts';
import { PayloadViews } from '../object/payload-views.ts';
import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import { findMac } from '../wire/ext-auth.ts';
import { MESSAGE_TYPE, NORM_VERSION } from '../wire/header.ts';
import type { ReceiverAuthentication } from './authentication.ts';
import type { MutableAuthenticationStats } from './authentication-stats.ts';
import { DIRECTION, type DatagramMac } from './datagram-mac.ts';
import { extend, extendNear, SEQUENCES_PER_ROLLOVER } from './extended-sequence.ts';
import { ReplayWindow } from './replay-window.ts';
import { SearchBudget } from './search-budget.ts';

/** What a receiver holds against its sender's messages: whose they are, that they are whole, and that they are new. */
export class SenderVerifier {
  readonly #senderId: number;
  readonly #instanceId: number;
  readonly #mac: DatagramMac;
  readonly #key: Uint8Array;
  readonly #stats: MutableAuthenticationStats;
  readonly #window: ReplayWindow;
  readonly #views = new PayloadViews();
  readonly #budget = new SearchBudget(ROLLOVER_TRIES_PER_SECOND_MAX, 4 * ROLLOVER_TRIES_PER_DATAGRAM_MAX);
  #hasHeard = false;
  /** The last authentic message; before the first: when listening began. */
  #heardAt: Micros | undefined;
  /** Roll-overs beyond the nearest that the search has come to. */
  #searched = 0;

  constructor(
    sender: { readonly nodeId: number; readonly instanceId: number },
    mac: DatagramMac,
    { senderKey, senderRollover }: ReceiverAuthentication,
    stats: MutableAuthenticationStats,
  ) {
    this.#senderId = sender.nodeId;
    this.#instanceId = sender.instanceId;
    this.#mac = mac;
    this.#key = senderKey.slice();
    this.#stats = stats;
    this.#window = new ReplayWindow(REPLAY_WINDOW_MESSAGES, extend(senderRollover, 0) - 1);
  }

  /** Whether this datagram may be read. The checks come in the order of what they cost. */
  accepts(now: Micros, received: DatagramBatch, index: number): boolean {
    const { view } = received;
    const offset = received.offsets[index]!;
    const length = received.lengths[index]!;
    this.#heardAt ??= now;
    const macAt = this.#isOfSender(view, offset, length) ? findMac(view, offset, length) : -1;
    if (macAt === -1) {
      this.#stats.unauthenticatedCount += 1;
      return false;
    }
    const sequence = view.getUint16(offset + 2);
    const nearest = this.#hasHeard
      ? extendNear(this.#window.highest, sequence)
      : extend((this.#window.highest + 1) / SEQUENCES_PER_ROLLOVER, sequence);
    const isFresh = this.#window.isFresh(nearest);
    const isOutage = !this.#hasHeard || now - this.#heardAt >= OUTAGE_MICROS_MIN;
    if (isFresh || isOutage) {
      this.#mac.put(this.#views.of(received.bytes, index, offset, length), macAt - offset);
      if (isFresh && this.#matches(nearest, view, macAt)) return this.#take(now, nearest);
      if (isOutage && this.#search(now, nearest, view, macAt)) return true;
    }
    if (isFresh) this.#stats.unauthenticatedCount += 1;
    else this.#stats.replayedCount += 1;
    return false;
  }

  #isOfSender(view: DataView, offset: number, length: number): boolean {
    if (length < 12 || view.getUint8(offset) >> 4 !== NORM_VERSION) return false;
    const type = view.getUint8(offset) & 0xf;
    return (
      type >= MESSAGE_TYPE.info &&
      type <= MESSAGE_TYPE.command &&
      view.getUint32(offset + 4) === this.#senderId &&
      view.getUint16(offset + 8) === this.#instanceId
    );
  }

  /**
   * After an outage the sequence may have rolled over unheard: only the MAC tells how often. A few counts are tried with
   * each datagram, no more than the sender can have come by in the time, and the next ones with the next datagram.
   */
  #search(now: Micros, nearest: number, view: DataView, macAt: number): boolean {
    const silence = (now - this.#heardAt!) / MICROS_PER_SECOND;
    const unheard = this.#hasHeard ? 2 : ROLLOVERS_BEFORE_FIRST_MAX;
    const most = Math.min(ROLLOVERS_AHEAD_MAX, unheard + Math.ceil(silence * ROLLOVERS_PER_SECOND_MAX));
    const tries = this.#budget.take(now, Math.min(most, ROLLOVER_TRIES_PER_DATAGRAM_MAX));
    for (let count = 0; count < tries; count += 1) {
      this.#searched = this.#searched >= most ? 1 : this.#searched + 1;
      const candidate = nearest + this.#searched * SEQUENCES_PER_ROLLOVER;
      if (this.#window.isFresh(candidate) && this.#matches(candidate, view, macAt)) return this.#take(now, candidate);
    }
    return false;
  }

  #matches(extendedSequence: number, view: DataView, macAt: number): boolean {
    return this.#mac.matches(this.#key, DIRECTION.senderToGroup, extendedSequence, view, macAt);
  }

  #take(now: Micros, extendedSequence: number): true {
    this.#window.take(extendedSequence);
    this.#hasHeard = true;
    this.#heardAt = now;
    this.#searched = 0;
    return true;
  }
}
