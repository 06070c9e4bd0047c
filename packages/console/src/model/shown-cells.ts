/**
 * What the roll's cells look like as they are drawn. Whoever receives is told of anew each second, and of ten thousand
 * cells hardly one has come to its next step by then: to draw them all alike again took the page 90 ms.
 */
import { LOOK_NAMES, type LookName } from '@rollcall/client/task';

/** Steps of a level that can be told apart on a cell. */
const LEVELS = 16;
const NOTHING = 0xffff;

/** Those that look alike have the same number. */
export interface CellKind {
  readonly number: number;
  /** As it is drawn, 0 to 1. */
  readonly share: number;
}

export class ShownCells {
  readonly #numbers: Uint16Array;

  /** Of so many cells, none of which is drawn yet. */
  constructor(count: number) {
    this.#numbers = new Uint16Array(count).fill(NOTHING);
  }

  /** What is to be drawn there now; undefined: it is there already. */
  change(index: number, look: LookName, share: number): CellKind | undefined {
    const level = look === 'receiving' ? Math.round(share * LEVELS) : 0;
    const number = LOOK_NAMES.indexOf(look) * (LEVELS + 1) + level;
    if (this.#numbers[index] === number) return undefined;
    this.#numbers[index] = number;
    return { number, share: level / LEVELS };
  }
}
