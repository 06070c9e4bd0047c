import type { Micros } from '../time.ts';
import type { ObjectPosition } from '../wire/object-position.ts';
import { repeatInterval } from './flush-schedule.ts';

/**
 * A position that certain receivers must acknowledge: asked for by FLUSH with their node ids. RFC 5740 §5.5.
 *
 * Asks `tryCount` times, `repeatInterval` apart, counting only the times when no repair was pending: who still lacks something
 * cannot acknowledge yet.
 */
export class Watermark {
  readonly position: ObjectPosition;
  readonly #unacknowledged: Set<number>;
  readonly #tryCount: number;
  #triesLeft: number;
  #nextAt: Micros = 0;

  constructor(position: ObjectPosition, nodeIds: readonly number[], tryCount: number) {
    this.position = position;
    this.#unacknowledged = new Set(nodeIds);
    this.#tryCount = tryCount;
    this.#triesLeft = tryCount;
  }

  get nextAt(): Micros {
    return this.#nextAt;
  }

  get unacknowledged(): readonly number[] {
    return [...this.#unacknowledged];
  }

  isComplete(now: Micros): boolean {
    return this.#unacknowledged.size === 0 || (this.#triesLeft <= 0 && now >= this.#nextAt);
  }

  /** Who to ask this time: as many as fit, in turn. */
  nextNodeIds(countMax: number): readonly number[] {
    const asked = [...this.#unacknowledged].slice(0, countMax);
    if (asked.length < this.#unacknowledged.size) {
      for (const nodeId of asked) {
        this.#unacknowledged.delete(nodeId);
        this.#unacknowledged.add(nodeId);
      }
    }
    return asked;
  }

  onAsked(now: Micros, grtt: Micros, isRepairPending: boolean): void {
    this.#nextAt = now + repeatInterval(this.#tryCount - this.#triesLeft, grtt);
    if (!isRepairPending) this.#triesLeft -= 1;
  }

  /** Returns whether the node was still to acknowledge. */
  onAcknowledged(nodeId: number, position: ObjectPosition): boolean {
    const own = this.position;
    const isThis =
      position.toi === own.toi &&
      position.sourceBlockNumber === own.sourceBlockNumber &&
      position.encodingSymbolId === own.encodingSymbolId;
    return isThis && this.#unacknowledged.delete(nodeId);
  }
}
