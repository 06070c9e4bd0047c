import { setTimeout as sleep } from 'node:timers/promises';

/** What wakes a simulated device: its event stream, or the time that it was told. */
export class Waker {
  #text = '';
  #isWoken = false;
  #wake = new AbortController();

  /** A piece of the device's event stream. */
  hear(piece: Uint8Array): void {
    const blocks = (this.#text + Buffer.from(piece).toString()).split('\n\n');
    this.#text = blocks.pop()!;
    if (!blocks.some((block) => block.startsWith('event: wake\n'))) return;
    this.#isWoken = true;
    this.#wake.abort();
  }

  /** The device asks now: what comes from here on is news to it. */
  reset(): void {
    this.#isWoken = false;
    this.#wake = new AbortController();
  }

  /** Until it is woken, or was since it asked; at most for so long. */
  async wait(ms: number): Promise<void> {
    if (this.#isWoken) return;
    await sleep(ms, undefined, { signal: this.#wake.signal }).catch(() => undefined);
  }
}
