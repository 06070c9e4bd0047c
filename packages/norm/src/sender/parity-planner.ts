import type { Micros } from '../time.ts';
import type { SenderObject } from './sender-object.ts';

/** Blocks that are remembered until their requests can be expected to be in: at 1 Gbit/s more than half a second. */
const OBSERVED_MAX_BLOCKS = 1024;
/** Weight of a block in the running averages: about the last 32 blocks count. */
const BLOCK_WEIGHT = 1 / 32;

interface ObservedBlock {
  readonly sentAt: Micros;
  /** Repair symbols beyond the source symbols that the worst receiver needed, proactive ones included. */
  need: number;
}

/**
 * How many repair symbols to send unasked after each block ('auto'), from what recent blocks turned out to need.
 *
 * Aims below the average need by its mean deviation: what nearly every block needs anyway costs no more when it is sent
 * early and saves a round of requests, while parity that nobody needs is a cost without a use.
 */
export class ParityPlanner {
  readonly #observed = new Map<number, ObservedBlock>();
  #blockCount = 0;
  #average = 0;
  #deviation = 0;

  get count(): number {
    return Math.max(0, Math.floor(this.#average - this.#deviation));
  }

  onBlockSent(now: Micros, object: SenderObject, block: number, proactive: number): void {
    const key = keyOf(object, block);
    this.#observed.delete(key);
    // A receiver that asks for nothing may have needed all of the proactive parity or none: count what was sown as a
    // need only in part, so that the plan finds its way down when the loss is over.
    this.#observed.set(key, { sentAt: now, need: proactive / 2 });
  }

  /** A receiver needs so many repair symbols of the block in all. */
  onRequest(object: SenderObject, block: number, need: number): void {
    const observed = this.#observed.get(keyOf(object, block));
    if (observed !== undefined) observed.need = Math.max(observed.need, need);
  }

  /** Counts the blocks that were sent before `settledBefore`: their requests are in. */
  settle(settledBefore: Micros): void {
    for (const [key, { sentAt, need }] of this.#observed) {
      if (sentAt >= settledBefore && this.#observed.size <= OBSERVED_MAX_BLOCKS) return;
      this.#observed.delete(key);
      // The first ones count as much as all before them together, so that a plan is there as soon as anything is known.
      this.#blockCount += 1;
      const weight = Math.max(BLOCK_WEIGHT, 1 / this.#blockCount);
      this.#deviation += (Math.abs(need - this.#average) - this.#deviation) * weight;
      this.#average += (need - this.#average) * weight;
    }
  }
}

function keyOf(object: SenderObject, block: number): number {
  return object.toi * 0x1_000_000 + block;
}
