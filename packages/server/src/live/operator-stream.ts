/**
 * An operator's event stream: what the events table has after a sequence, then live, without a gap and without a
 * repetition, however often the reader comes again with its Last-Event-ID.
 */
import type { ProgressEvent, RollcallEvent, StreamNote } from '@rollcall/api';
import type { StoreReader } from '../core/ports.ts';
import { EVENTS_PER_READ } from '../limits.ts';
import type { EventHub } from './event-hub.ts';
import type { ServerSentEvents } from './server-sent-events.ts';

export class OperatorStream {
  readonly #reader: StoreReader;
  readonly #stream: ServerSentEvents;
  readonly #taskId: string | undefined;
  #sent: number;
  #isLive = false;
  #isClosed = false;

  constructor(reader: StoreReader, stream: ServerSentEvents, options: { after: number; taskId: string | undefined }) {
    this.#reader = reader;
    this.#stream = stream;
    this.#sent = options.after;
    this.#taskId = options.taskId;
  }

  /** Catches up and goes live. */
  async run(hub: EventHub): Promise<void> {
    let waiting: RollcallEvent[] = [];
    let hasOverflowed = false;
    const stop = hub.listen({
      onEvents: (events) => {
        if (this.#isLive) this.#send(events);
        // What is committed while the table is being read is in it, or is here: the sequence tells them apart.
        else if (waiting.length < WAITING_MAX) waiting.push(...events);
        else {
          hasOverflowed = true;
          waiting = [];
        }
      },
      onProgress: (progress) => this.#sendProgress(progress),
    });
    this.#stream.onClose(() => {
      this.#isClosed = true;
      stop();
    });
    this.#stream.send('open', { type: 'open', sequence: this.#sent } satisfies StreamNote, this.#sent);
    for (;;) {
      hasOverflowed = false;
      const events = await this.#reader.eventsAfter(this.#sent, EVENTS_PER_READ, this.#taskId);
      if (this.#isClosed) return;
      this.#send(events);
      if (events.length < EVENTS_PER_READ && !hasOverflowed) break;
      await this.#stream.drained();
    }
    this.#send(waiting);
    waiting = [];
    this.#isLive = true;
  }

  #send(events: readonly RollcallEvent[]): void {
    for (const event of events) {
      if (event.sequence <= this.#sent) continue;
      if (this.#taskId !== undefined && (!('taskId' in event) || event.taskId !== this.#taskId)) continue;
      this.#sent = event.sequence;
      this.#stream.send(event.type, event, event.sequence);
    }
  }

  #sendProgress(progress: ProgressEvent): void {
    if (this.#taskId === undefined || this.#taskId === progress.taskId) this.#stream.send('progress', progress);
  }
}

/** Events that may wait while the table is read; beyond, they are read from the table. */
const WAITING_MAX = 5_000;
