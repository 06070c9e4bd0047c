/**
 * The best guess of the server's time. Once the server has told it, it runs on this machine's monotonic clock: a clock
 * that jumps moves nothing.
 */
export class ServerTime {
  #told: { readonly utc: number; readonly at: number } | undefined;

  handleTold(utc: number): void {
    this.#told = { utc, at: performance.now() };
  }

  now(): number {
    return this.#told === undefined ? Date.now() : this.#told.utc + (performance.now() - this.#told.at);
  }
}
