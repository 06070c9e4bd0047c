/** Where committed events and progress go while somebody listens. */
import type { ProgressEvent, RollcallEvent } from '@rollcall/api';

export interface EventListener {
  onEvents(events: readonly RollcallEvent[]): void;
  onProgress(progress: ProgressEvent): void;
}

export class EventHub {
  readonly #listeners = new Set<EventListener>();

  get listenerCount(): number {
    return this.#listeners.size;
  }

  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** In commit order. */
  publish(events: readonly RollcallEvent[]): void {
    for (const listener of this.#listeners) listener.onEvents(events);
  }

  publishProgress(progress: ProgressEvent): void {
    for (const listener of this.#listeners) listener.onProgress(progress);
  }
}
