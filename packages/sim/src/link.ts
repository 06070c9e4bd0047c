import type { Micros, Random } from '@rollcall/norm';
import { BoundedQueue, type LineRate } from './bounded-queue.ts';

/** One direction between a node and the network. */
export interface LinkQuality {
  /** Part of the datagrams that are lost, each by itself. */
  readonly lossRatio: number;
  /** Mean length of the bursts in which they are lost; 1: singly. */
  readonly lossBurst: number;
  readonly duplicateRatio: number;
  readonly delayMicros: Micros;
  /** Added to the delay, evenly spread: reorders what follows closer than this. */
  readonly jitterMicros: Micros;
  /** The line that the datagrams share, with the queue in front of it. Undefined: as fast as they come. */
  readonly line?: LineRate;
}

/** When a link takes nothing at all. */
export interface Outage {
  readonly from: Micros;
  readonly until: Micros;
}

/** Decides what becomes of each datagram: when, and how often, it arrives. */
export class Link {
  readonly #quality: LinkQuality;
  readonly #outages: readonly Outage[];
  readonly #random: Random;
  readonly #queue: BoundedQueue | undefined;
  #isInBurst = false;

  constructor(quality: LinkQuality, outages: readonly Outage[], random: Random) {
    this.#quality = quality;
    this.#outages = outages;
    this.#random = random;
    this.#queue = quality.line === undefined ? undefined : new BoundedQueue(quality.line);
  }

  /** The queue in front of its line. It must be given its datagrams in the order of time. */
  get queue(): BoundedQueue | undefined {
    return this.#queue;
  }

  /** Calls `deliver` with the instant of each arrival of a datagram with so many bytes of payload. */
  carry(now: Micros, payloadBytes: number, deliver: (at: Micros) => void): void {
    const leftAt = this.#queue === undefined ? now : this.#queue.enter(now, payloadBytes);
    // What is lost on the way has taken its place in the queue all the same.
    if (leftAt === undefined || this.#loses(now)) return;
    deliver(leftAt + this.#delay());
    if (this.#random.chance(this.#quality.duplicateRatio)) deliver(leftAt + this.#delay());
  }

  #loses(now: Micros): boolean {
    for (const { from, until } of this.#outages) if (now >= from && now < until) return true;
    const { lossRatio, lossBurst } = this.#quality;
    if (lossRatio === 0) return false;
    // Two states (Gilbert): the chances to enter and to leave make the ratio and the mean burst come out right.
    const leave = 1 / lossBurst;
    const enter = (leave * lossRatio) / (1 - lossRatio);
    this.#isInBurst = this.#isInBurst ? !this.#random.chance(leave) : this.#random.chance(enter);
    return this.#isInBurst;
  }

  #delay(): Micros {
    const { delayMicros, jitterMicros } = this.#quality;
    return delayMicros + (jitterMicros === 0 ? 0 : this.#random.below(jitterMicros + 1));
  }
}
