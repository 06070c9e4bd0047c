/** One stream of Server-Sent Events on a raw response. */
import type { ServerResponse } from 'node:http';
import { STREAM_BACKLOG_BYTES_MAX } from '../limits.ts';

export class ServerSentEvents {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies that buffer would hold back what is meant to be live.
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  send(name: string, data: object, id?: number): void {
    this.#write(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${textOf(data)}\n\n`);
  }

  /** What is sent meanwhile leaves in one piece: a record of TLS for each event costs more than the events. */
  together(send: () => void): void {
    this.#response.cork();
    try {
      send();
    } finally {
      this.#response.uncork();
    }
  }

  /** What the reader has not taken yet. */
  get backlogBytes(): number {
    return this.#response.writableLength;
  }

  /** Shows that the connection lives; no event for the reader. */
  beat(): void {
    this.#write(': beat\n\n');
  }

  /** Resolves when the reader has taken what was sent, or is gone. */
  async drained(): Promise<void> {
    if (!this.#response.writableNeedDrain || this.#response.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#response.off('drain', done).off('close', done);
        resolve();
      };
      this.#response.on('drain', done).on('close', done);
    });
  }

  /** Resolves when what was sent is with the operating system. */
  async close(): Promise<void> {
    if (this.#response.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#response.once('close', resolve);
      this.#response.end(resolve);
    });
  }

  #write(text: string): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    this.#response.write(text);
    // A reader that does not keep up would grow this process: it is cut off and begins again where it was.
    if (this.#response.writableLength > STREAM_BACKLOG_BYTES_MAX) this.#response.destroy();
  }
}

/** An event that goes to a thousand readers is made text once. */
function textOf(data: object): string {
  let text = texts.get(data);
  if (text === undefined) {
    text = JSON.stringify(data);
    texts.set(data, text);
  }
  return text;
}

const texts = new WeakMap<object, string>();
