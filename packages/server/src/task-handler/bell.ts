/** Wakes one waiting loop: when it is rung, or after a time. A ring while nobody waits is kept. */
export class Bell {
  #isRung = false;
  #answer: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#answer?.();
  }

  /** @param rest how long it sleeps on once it is rung, so that the rings of that time are one, in milliseconds */
  async wait(milliseconds: number, rest = 0): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#answer = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#answer = undefined;
    if (rest >= 1) await new Promise((resolve) => setTimeout(resolve, Math.min(rest, milliseconds)));
    this.#isRung = false;
  }
}
