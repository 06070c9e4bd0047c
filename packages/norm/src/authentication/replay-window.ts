/**
 * Which of the latest extended sequences have come: a bit for each of the last `size`, a power of two up to 2^16. What is
 * older counts as come, so that memory is bounded and nothing is ever taken twice.
 */
export class ReplayWindow {
  readonly #size: number;
  readonly #words: Int32Array;
  #highest: number;

  /** @param before nothing up to this one is fresh */
  constructor(size: number, before: number) {
    this.#size = size;
    this.#words = new Int32Array(size >> 5);
    this.#words.fill(-1);
    this.#highest = before;
  }

  get highest(): number {
    return this.#highest;
  }

  isFresh(extendedSequence: number): boolean {
    const behind = this.#highest - extendedSequence;
    return behind < 0 || (behind < this.#size && !this.#has(extendedSequence));
  }

  /** Only of what is fresh. */
  take(extendedSequence: number): void {
    const ahead = extendedSequence - this.#highest;
    if (ahead >= this.#size) this.#words.fill(0);
    else for (let passed = this.#highest + 1; passed < extendedSequence; passed += 1) this.#forget(passed);
    if (ahead > 0) this.#highest = extendedSequence;
    const bit = extendedSequence & (this.#size - 1);
    this.#words[bit >> 5]! |= 1 << (bit & 31);
  }

  #has(extendedSequence: number): boolean {
    const bit = extendedSequence & (this.#size - 1);
    return (this.#words[bit >> 5]! & (1 << (bit & 31))) !== 0;
  }

  #forget(extendedSequence: number): void {
    const bit = extendedSequence & (this.#size - 1);
    this.#words[bit >> 5]! &= ~(1 << (bit & 31));
  }
}
