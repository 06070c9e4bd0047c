import { connect, type TLSSocket } from 'node:tls';

/** What all subscribers have seen, by sequence: whoever is first says it, the others must say the same. */
export type SeenEvents = Map<number, string>;

export interface SubscriberOptions {
  readonly url: string;
  readonly token: string;
  /** Sequence behind which to begin. */
  readonly after: number;
  readonly seen: SeenEvents;
}

/**
 * Listens to the event stream as a browser does, by Last-Event-ID across lost connections, over a bare socket: a
 * thousand of them must fit beside the server on one machine. What is wrong with what came is kept in `wrong`.
 */
export class EventSubscriber {
  readonly #options: SubscriberOptions;
  readonly wrong: string[] = [];
  /** Sequence of the last event that came whole. */
  last: number;
  connections = 0;
  #socket: TLSSocket | undefined;
  #text = '';
  #isOpen = false;
  #isClosed = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.last = options.after;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Pulls the cable; it comes again by itself. */
  breakOff(): void {
    this.#socket?.destroy();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  #connect(): void {
    const { hostname, port } = new URL(this.#options.url);
    this.#text = '';
    this.#isOpen = false;
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
    this.#socket = socket;
    // HTTP/1.0: the answer is not chunked, and ends with the connection.
    socket.write(
      `GET /v1/events HTTP/1.0\r\nhost: ${hostname}\r\nauthorization: Bearer ${this.#options.token}\r\n` +
        `last-event-id: ${this.last}\r\n\r\n`,
    );
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#isOpen = false;
      if (!this.#isClosed) setTimeout(() => this.#isClosed || this.#connect(), 200 + Math.random() * 800);
    });
  }

  #take(text: string): void {
    this.#text += text;
    if (!this.#isOpen) {
      const end = this.#text.indexOf('\r\n\r\n');
      if (end === -1) return;
      // Whoever is told to come later does.
      if (!this.#text.startsWith('HTTP/1.1 200 ')) return void this.#socket?.destroy();
      this.#text = this.#text.slice(end + 4);
      this.#isOpen = true;
      this.connections += 1;
    }
    const blocks = this.#text.split('\n\n');
    // What is not whole did not come: it is sent again.
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) this.#takeEvent(block);
  }

  #takeEvent(block: string): void {
    const [, id, name, data] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? [];
    if (id === undefined || data === undefined) return;
    const sequence = Number(id);
    if (name === 'open') {
      if (sequence !== this.last) this.wrong.push(`it was to go on behind ${this.last}, and does behind ${sequence}`);
      return;
    }
    if (sequence !== this.last + 1) this.wrong.push(`${sequence} (${name}) came behind ${this.last}`);
    const said = this.#options.seen.get(sequence);
    if (said === undefined) this.#options.seen.set(sequence, data);
    else if (said !== data) this.wrong.push(`${sequence} is not what others were told`);
    this.last = sequence;
  }
}
