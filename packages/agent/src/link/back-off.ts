/** Waits between attempts: each may be twice the one before, and is drawn from the upper half so that devices spread. */
export class BackOff {
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #random: () => number;
  #failureCount = 0;

  constructor(minimum: number, maximum: number, random: () => number) {
    this.#minimum = minimum;
    this.#maximum = maximum;
    this.#random = random;
  }

  next(): number {
    const ceiling = Math.min(this.#minimum * 2 ** Math.min(this.#failureCount, 30), this.#maximum);
    this.#failureCount += 1;
    return ceiling * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#failureCount = 0;
  }
}
