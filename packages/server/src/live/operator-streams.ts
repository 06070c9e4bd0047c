/** Whose event streams are open: an operator that is removed hears nothing more. */
import type { ServerSentEvents } from './server-sent-events.ts';

export class OperatorStreams {
  readonly #streams = new Map<string, Set<ServerSentEvents>>();

  add(operatorId: string, stream: ServerSentEvents): void {
    const known = this.#streams.get(operatorId) ?? new Set();
    this.#streams.set(operatorId, known.add(stream));
    stream.onClose(() => {
      known.delete(stream);
      if (known.size === 0 && this.#streams.get(operatorId) === known) this.#streams.delete(operatorId);
    });
  }

  dismiss(operatorId: string): void {
    for (const stream of this.#streams.get(operatorId) ?? []) void stream.close();
  }
}
