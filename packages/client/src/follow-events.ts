/**
 * The server's events as they happen, each once and in order, across lost connections: each reconnect goes on behind
 * the last event that was seen.
 */
import type { ProgressEvent, RollcallEvent, StreamNote } from '@rollcall/api';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ProblemError } from './errors.ts';
import { pause } from './pause.ts';

/**
 * `open`: connected (again), and every event behind `sequence` follows. Whoever keeps a picture of what it watches takes
 * a fresh one at the first. `reset`: the server no longer has what followed the last event that was seen; events go
 * on behind `sequence`, and every picture has to be taken anew.
 */
export type StreamedEvent = RollcallEvent | ProgressEvent | StreamNote;

export interface FollowOptions {
  /** Absent: of everything. */
  readonly taskId?: string;
  /** Sequence behind which to begin; absent: now. */
  readonly after?: number;
  readonly signal: AbortSignal;
  /** The connection is lost, and will be tried again; `open` or `reset` says that it is back. */
  readonly onDisconnected?: () => void;
}

/** Opens the stream of events. */
export type OpenStream = (
  query: { readonly taskId?: string },
  options: { readonly signal: AbortSignal; readonly headers: Readonly<Record<string, string>> },
) => Promise<ReadableStream<Uint8Array>>;

/** Endless, until the signal aborts it. @throws ProblemError when the server says that it may not be */
export async function* followEvents(
  open: OpenStream,
  { taskId, after, signal, onDisconnected }: FollowOptions,
): AsyncGenerator<StreamedEvent> {
  let last = after;
  let failures = 0;
  while (!signal.aborted) {
    let wait = 0;
    try {
      for await (const event of listen(open, { taskId, last, signal })) {
        failures = 0;
        if (event.type !== 'progress') last = event.sequence;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError) {
        if (isFinal(error)) throw error;
        wait = (error.retryAfterSeconds ?? 0) * 1000;
      }
    }
    onDisconnected?.();
    // A restart of the server sends everybody away at once: they do not all come back in the same moment.
    const backOff = Math.min(RECONNECT_MS_MAX, RECONNECT_MS * 2 ** failures) * (0.5 + Math.random());
    failures = Math.min(failures + 1, 10);
    await pause(Math.max(wait, backOff), signal);
  }
}

interface Connection {
  readonly taskId: string | undefined;
  readonly last: number | undefined;
  readonly signal: AbortSignal;
}

/** One connection. Ends when the server closes it; fails when nothing came for so long that it must be dead. */
async function* listen(
  open: OpenStream,
  { taskId, last, signal }: Connection,
): AsyncGenerator<RollcallEvent | ProgressEvent | StreamNote> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS_MAX);
  try {
    const body = await open(taskId === undefined ? {} : { taskId }, {
      signal: AbortSignal.any([signal, silence.signal]),
      headers: { accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': String(last) }) },
    });
    const queue: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => queue.push(message) });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    try {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS_MAX);
        parser.feed(decoder.decode(piece.value, { stream: true }));
        for (const message of queue.splice(0)) yield JSON.parse(message.data) as StreamedEvent;
      }
    } finally {
      // Whoever stops reading in the middle does not keep the connection.
      await reader.cancel().catch(() => undefined);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Trying again would bring the same answer. */
function isFinal({ problem: { status } }: ProblemError): boolean {
  return status < 500 && status !== 429;
}

const RECONNECT_MS = 500;
const RECONNECT_MS_MAX = 15_000;

/** The server beats every 15 s. */
const SILENCE_MS_MAX = 40_000;
