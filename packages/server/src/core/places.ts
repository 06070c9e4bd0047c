/** Counts what each of many holders has taken, up to a number that none may exceed. What is given back is forgotten. */
export class Places {
  readonly #max: number;
  readonly #taken = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** False: the holder has all that one may have. */
  take(holder: string): boolean {
    const taken = this.#taken.get(holder) ?? 0;
    if (taken >= this.#max) return false;
    this.#taken.set(holder, taken + 1);
    return true;
  }

  giveBack(holder: string): void {
    const left = (this.#taken.get(holder) ?? 0) - 1;
    if (left > 0) this.#taken.set(holder, left);
    else this.#taken.delete(holder);
  }
}
