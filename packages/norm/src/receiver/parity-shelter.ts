/**
 * Where the repair symbols of incomplete blocks wait once their buffers went to other blocks.
 *
 * A buffer has room for every encoding symbol of its block, while of repair symbols a block has as many as it lost: one by
 * one in here, those of many times more blocks can wait. Without it, where more blocks are incomplete than there are
 * buffers, each would lose the repair it had got before the rest of it came, ask for all of it again, and so on.
 *
 * When it is full, what comes finds no place, and what is there stays: the blocks that have waited longest are completed
 * first, and make room.
 */
export class ParityShelter {
  readonly #symbolSize: number;
  readonly #symbolCountMax: number;
  /** Made when it is first needed; the system gives memory only to what is written. */
  #memory: Uint8Array | undefined;
  /** Places that were used and are free. */
  readonly #free: number[] = [];
  #usedCount = 0;

  constructor(symbolSize: number, symbolCountMax: number) {
    this.#symbolSize = symbolSize;
    this.#symbolCountMax = symbolCountMax;
  }

  /** Returns the place where a copy of the symbol is now. Undefined: there is none left. */
  put(symbol: Uint8Array): number | undefined {
    const place = this.#free.pop() ?? (this.#usedCount < this.#symbolCountMax ? this.#usedCount++ : undefined);
    if (place === undefined) return undefined;
    this.#memory ??= new Uint8Array(this.#symbolCountMax * this.#symbolSize);
    this.#memory.set(symbol, place * this.#symbolSize);
    return place;
  }

  /** Copies out what is at the place, which is free then. */
  take(place: number, into: Uint8Array): void {
    const start = place * this.#symbolSize;
    if (this.#memory !== undefined) into.set(this.#memory.subarray(start, start + this.#symbolSize));
    this.free(place);
  }

  free(place: number): void {
    this.#free.push(place);
  }
}
