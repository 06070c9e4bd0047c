import type { Micros, Random } from '@rollcall/norm';

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
  #isInBurst = false;

  constructor(quality: LinkQuality, outages: readonly Outage[], random: Random) {
    this.#quality = quality;
    this.#outages = outages;
    this.#random = random;
  }

  /** Calls `deliver` with the instant of each arrival. */
  carry(now: Micros, deliver: (at: Micros) => void): void {
    if (this.#loses(now)) return;
    deliver(now + this.#delay());
    if (this.#random.chance(this.#quality.duplicateRatio)) deliver(now + this.#delay());
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
