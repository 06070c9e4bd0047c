/** Receives webhooks as somebody else would: checks each signature by the library that receivers use. */
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, never>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signatures: readonly string[];
  /** Whether the library takes it, by the secret that the receiver has at the moment. */
  readonly isGenuine: boolean;
}

type Answer = (response: ServerResponse, received: Received, count: number) => void;

export const OK: Answer = (response) => void response.writeHead(200).end('ok');

export class TestReceiver implements AsyncDisposable {
  readonly received: Received[] = [];
  secret = '';
  /** `count`: how often this message came before. */
  answer: Answer = OK;
  readonly #server: http.Server;
  readonly #address: string;
  #onReceived: (() => void) | undefined;

  private constructor(server: http.Server, address: string) {
    this.#server = server;
    this.#address = address;
  }

  static async start(address = '127.0.0.1'): Promise<TestReceiver> {
    const server = http.createServer();
    const receiver = new TestReceiver(server, address);
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      request.on('end', () => receiver.#take(body, request.headers as Record<string, string>, response));
    });
    server.listen(0, address);
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://${this.#address}:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  get types(): readonly string[] {
    return this.received.map(({ type }) => type);
  }

  /** Resolves when so many requests have come, in all. */
  async until(count: number): Promise<void> {
    while (this.received.length < count) await new Promise<void>((resolve) => (this.#onReceived = resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(body: string, headers: Record<string, string>, response: ServerResponse): void {
    const { type, data } = JSON.parse(body) as Pick<Received, 'type' | 'data'>;
    const id = headers['webhook-id'] ?? '';
    const signatures = (headers['webhook-signature'] ?? '').split(' ');
    const count = this.received.filter((one) => one.id === id).length;
    const received = { id, type, data, headers, body, signatures, isGenuine: this.#isGenuine(body, headers) };
    this.received.push(received);
    this.answer(response, received, count);
    this.#onReceived?.();
  }

  #isGenuine(body: string, headers: Record<string, string>): boolean {
    try {
      new Webhook(this.secret).verify(body, headers);
      return true;
    } catch {
      return false;
    }
  }
}
