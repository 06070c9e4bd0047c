/** The server's events as they happen, across lost connections: each reconnect continues after the last event that was seen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { operations, type ProgressEvent, type RollcallEvent } from '@rollcall/api';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ProblemError, type ApiClient } from './api-client.ts';

/** `open`: connected (again); whoever keeps a picture of the task takes a fresh one now. */
export type StreamedEvent = RollcallEvent | ProgressEvent | { readonly type: 'open' };

const RECONNECT_MS = 1000;

/** Endless, until the signal aborts it or the server says that it may not be. */
export async function* followEvents(
  client: ApiClient,
  taskId: string,
  signal: AbortSignal,
): AsyncGenerator<StreamedEvent> {
  let last: number | undefined;
  while (!signal.aborted) {
    try {
      const body = await client.stream(operations.streamEvents, {
        query: { taskId },
        headers: last === undefined ? {} : { 'last-event-id': String(last) },
        signal,
      });
      yield { type: 'open' };
      for await (const message of messagesOf(body)) {
        const event = JSON.parse(message.data) as RollcallEvent | ProgressEvent;
        if (event.type !== 'progress') last = event.sequence;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError && error.problem.status < 500) throw error;
    }
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function* messagesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<EventSourceMessage> {
  const queue: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => queue.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* queue.splice(0);
  }
}
