import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';

/**
 * Clients that hold places by being slow: without a TLS handshake, with headers, a body or an upload that trickle, and
 * with answers that nobody reads. The server's patience is shortened, so that one need not wait for minutes.
 */
export const attack: Attack = {
  name: 'slow-loris: handshake, headers, body, upload, a stranger too, and readers that do not read',
  async run(scale) {
    const each = scale === 'full' ? 100 : 5;
    await using server = await AttackedServer.start({ patience: PATIENCE });
    const loris = new Loris(server);
    const kinds = ['handshake', 'silence', 'headers', 'body', 'upload', 'stranger', 'elsewhere', 'reader'] as const;
    const ends: Promise<void>[] = [];
    // One connection after another, so that the server's own haste makes no honest handshake fail.
    for (const kind of Array.from({ length: each }, () => kinds).flat()) {
      const socket = await loris[kind]();
      // Not `once` of the events: a connection that is reset ends as well.
      const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
      ends.push(Promise.race([closed, failAfter(kind)]));
    }
    await Promise.all(ends);
    // And who asks in earnest is served.
    assert.equal((await server.ask('GET', '/v1/operators/self')).status, 200);
    return { count: kinds.length * each, stoppedBy: 'every wait of a door has an end: all were hung up on' };
  },
};

const PATIENCE = { headersMs: 1500, bodyMs: 1500, idleMs: 4000, stallMs: 1500, lookMs: 100 };
const HUNG_UP_WITHIN_MS = 20_000;
const TRICKLE_MS = 50;

async function failAfter(kind: string): Promise<never> {
  await sleep(HUNG_UP_WITHIN_MS, undefined, { ref: false });
  throw new assert.AssertionError({ message: `the server never hung up on the slow ${kind}` });
}

class Loris {
  readonly #server: AttackedServer;

  constructor(server: AttackedServer) {
    this.#server = server;
  }

  /** Connects, and says nothing at all. */
  async handshake(): Promise<Socket> {
    const socket = connect(Number(this.#server.url.port), this.#server.url.hostname);
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    return socket;
  }

  /** Shakes hands, and says nothing more. */
  async silence(): Promise<Socket> {
    return (await this.#server.connect()).resume();
  }

  async headers(): Promise<Socket> {
    return this.#trickle('GET /v1/trust HTTP/1.1\r\nhost: a\r\n', 'x-a: a\r\n');
  }

  async body(): Promise<Socket> {
    const head = 'POST /v1/join HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n';
    return this.#trickle(head, ' ');
  }

  async upload(): Promise<Socket> {
    const headers = { 'tus-resumable': '1.0.0', 'upload-length': '1000000', 'content-length': '0' };
    const made = await this.#server.ask('POST', '/v1/uploads', undefined, { headers });
    assert.equal(made.status, 201, made.text);
    const location = made.headers[made.headers.findIndex((name) => name.toLowerCase() === 'location') + 1]!;
    return this.#trickle(
      `PATCH ${location} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${this.#server.token}\r\ntus-resumable: 1.0.0\r\n` +
        'upload-offset: 0\r\ncontent-type: application/offset+octet-stream\r\ncontent-length: 1000000\r\n\r\n',
      'x',
    );
  }

  /** An upload by somebody without a token: refused, and then its bytes come all the same. */
  async stranger(): Promise<Socket> {
    const head =
      'POST /v1/uploads HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n';
    return this.#trickle(head, ' ');
  }

  /** A body for what is called almost like the uploads, whose bytes may take hours. */
  async elsewhere(): Promise<Socket> {
    const head =
      'POST /v1/uploads-a HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n';
    return this.#trickle(head, ' ');
  }

  /** Asks for the API's description again and again, and takes none of the answers; each write looks like life. */
  async reader(): Promise<Socket> {
    const socket = await this.#server.connect();
    socket.pause();
    const ask = `GET /v1/openapi.json HTTP/1.1\r\nhost: a\r\n\r\n`;
    const timer = setInterval(() => socket.write(ask.repeat(20)), TRICKLE_MS);
    return socket.once('close', () => clearInterval(timer));
  }

  async #trickle(begin: string, drop: string): Promise<Socket> {
    const socket = await this.#server.connect();
    socket.resume();
    socket.write(begin);
    const timer = setInterval(() => socket.write(drop), TRICKLE_MS);
    return socket.once('close', () => clearInterval(timer));
  }
}
