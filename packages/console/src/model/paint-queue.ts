/**
 * Cells that are to be drawn, as many in one go as there is time for: when ten thousand change at once, what is clicked
 * meanwhile is not kept waiting until the last of them.
 */
interface PaintQueuePorts {
  /** As it is by then, however often it was asked for. */
  readonly draw: (index: number) => void;
  /** Milliseconds. */
  readonly now: () => number;
  /** Before the next frame is shown; gives what takes it back. */
  readonly onNextFrame: (work: () => void) => () => void;
}

/** Of one go: a frame at 60 in a second. */
const PAINT_MILLIS_MAX = 16;

export class PaintQueue {
  readonly #ports: PaintQueuePorts;
  /** In the order in which they came. */
  readonly #waiting = new Set<number>();
  #takeBack: (() => void) | undefined;

  constructor(ports: PaintQueuePorts) {
    this.#ports = ports;
  }

  add(indexes: Iterable<number>): void {
    for (const index of indexes) this.#waiting.add(index);
    if (this.#takeBack === undefined) this.#paint();
  }

  close(): void {
    this.#takeBack?.();
    this.#waiting.clear();
  }

  #paint(): void {
    const { draw, now, onNextFrame } = this.#ports;
    const until = now() + PAINT_MILLIS_MAX;
    for (const index of this.#waiting) {
      this.#waiting.delete(index);
      draw(index);
      if (now() >= until) break;
    }
    this.#takeBack = this.#waiting.size === 0 ? undefined : onNextFrame(() => this.#paint());
  }
}
