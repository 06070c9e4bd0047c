/**
 * The server's events for the whole console: one stream, whatever is on the screen. Whoever keeps a picture hears of each
 * event, and of the moments at which a picture has to be taken anew.
 */
import type { StreamedEvent } from '@rollcall/client';
import { client } from '../session/client.ts';

type Listener = (event: StreamedEvent) => void;

class EventFeed {
  readonly #listeners = new Set<Listener>();
  #running: AbortController | undefined;

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Until `stop`. `onRefused`: the server does not take this reader any more. */
  start(onRefused: (error: unknown) => void): void {
    if (this.#running !== undefined) return;
    const running = new AbortController();
    this.#running = running;
    this.#follow(running.signal).catch((error: unknown) => {
      if (!running.signal.aborted) onRefused(error);
    });
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let begun = performance.now();
    for await (const event of client.events({ signal })) {
      for (const listener of this.#listeners) listener(event);
      if (performance.now() - begun < SLICE_MS) continue;
      // What has piled up is read without a pause: the page gets its turn between.
      await new Promise((resolve) => setTimeout(resolve));
      begun = performance.now();
    }
  }
}

/** Below what a person notices, and above what a timer costs. */
const SLICE_MS = 20;

export const eventFeed = new EventFeed();
