/**
 * An operator's event stream: what the events table has after a sequence, then live, without a gap and without a
 * repetition, however often the reader comes again with its Last-Event-ID.
 *
 * A reader that falls behind is not live any more: what it has not taken yet is read from the table when it has room
 * again. So a slow reader, and a burst of events, cost no more than a buffer.
 *
 * An operator with a scope hears of devices within it, and of tasks all of whose targets are. That is looked up, so what
 * is told to it is always read from the table.
 */
import type { ProgressEvent, RollcallEvent, StreamNote } from '@rollcall/api';
import type { StoreReader } from '../core/ports.ts';
import type { Scope } from '../core/scope.ts';
import { EVENTS_PER_READ, STREAM_LIVE_BACKLOG_BYTES_MAX } from '../limits.ts';
import type { EventHub } from './event-hub.ts';
import { ScopeFilter } from './scope-filter.ts';
import type { ServerSentEvents } from './server-sent-events.ts';

export interface OperatorStreamOptions {
  /** Sequence behind which to begin; undefined: now. */
  readonly after: number | undefined;
  readonly taskId: string | undefined;
  readonly scope: Scope;
  readonly onError: (error: unknown) => void;
}

export class OperatorStream {
  readonly #reader: StoreReader;
  readonly #stream: ServerSentEvents;
  readonly #options: OperatorStreamOptions;
  readonly #filter: ScopeFilter | undefined;
  #sent = 0;
  /** Of the newest event that was committed, as far as it is known here. */
  #newest = 0;
  #isLive = false;
  #isClosed = false;

  constructor(reader: StoreReader, stream: ServerSentEvents, options: OperatorStreamOptions) {
    this.#reader = reader;
    this.#stream = stream;
    this.#options = options;
    this.#filter = options.scope === undefined ? undefined : new ScopeFilter(reader, options.scope);
  }

  async run(hub: EventHub): Promise<void> {
    const stop = hub.listen({
      onEvents: (events) => this.#stream.together(() => this.#onEvents(events)),
      onProgress: (progress) => this.#onProgress(progress),
    });
    this.#stream.onClose(() => {
      this.#isClosed = true;
      stop();
    });
    const { after } = this.#options;
    const { first, last } = await this.#reader.eventRange();
    // Beyond the end: of another server, or of one whose data were brought back from a copy.
    if (after !== undefined && (after < first - 1 || after > last)) this.#begin('reset', last);
    else this.#begin('open', after ?? last);
    await this.#catchUp();
  }

  /** Reads the table until there is nothing behind what was sent, and is live. */
  async #catchUp(): Promise<void> {
    for (;;) {
      const newest = this.#newest;
      const events = await this.#reader.eventsAfter(this.#sent, EVENTS_PER_READ, this.#options.taskId);
      const told = this.#filter === undefined ? events : await this.#filter.within(events);
      const { first, last } = await this.#reader.eventRange();
      if (this.#isClosed) return;
      // It was so slow that the table forgot meanwhile what comes next.
      if (this.#sent < first - 1) this.#begin('reset', last);
      else {
        this.#stream.together(() => told.forEach((event) => this.#send(event)));
        this.#sent = events.at(-1)?.sequence ?? this.#sent;
      }
      await this.#stream.drained();
      if (this.#isClosed) return;
      // Nothing was committed since the table was read: whatever is next comes by the hub.
      if (events.length < EVENTS_PER_READ && newest === this.#newest) break;
    }
    this.#isLive = true;
  }

  #onEvents(events: readonly RollcallEvent[]): void {
    this.#newest = events.at(-1)?.sequence ?? this.#newest;
    if (this.#isLive && this.#filter !== undefined) {
      this.#isLive = false;
      this.#catchUp().catch(this.#options.onError);
    }
    for (const event of events) {
      if (!this.#isLive) return;
      if (event.sequence <= this.#sent || !this.#isWanted(event)) continue;
      this.#send(event);
      if (this.#stream.backlogBytes <= STREAM_LIVE_BACKLOG_BYTES_MAX) continue;
      this.#isLive = false;
      this.#stream
        .drained()
        .then(() => this.#catchUp())
        .catch(this.#options.onError);
    }
  }

  #onProgress(progress: ProgressEvent): void {
    const { taskId, onError } = this.#options;
    if (!this.#isLive || (taskId !== undefined && taskId !== progress.taskId)) return;
    const send = (isWithin: boolean): void => {
      if (isWithin) this.#stream.send('progress', progress);
    };
    if (this.#filter === undefined) send(true);
    else this.#filter.isTaskWithin(progress.taskId).then(send).catch(onError);
  }

  #isWanted(event: RollcallEvent): boolean {
    const { taskId } = this.#options;
    return taskId === undefined || ('taskId' in event && event.taskId === taskId);
  }

  #begin(type: StreamNote['type'], sequence: number): void {
    this.#sent = sequence;
    this.#stream.send(type, { type, sequence } satisfies StreamNote, sequence);
  }

  #send(event: RollcallEvent): void {
    this.#sent = event.sequence;
    this.#stream.send(event.type, event, event.sequence);
  }
}
