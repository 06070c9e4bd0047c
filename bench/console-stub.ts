/** A server that says what a real one would of one task with many devices, and no more: for the console's measurement. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '@rollcall/api';
import { delivery, progressEvent, task } from '../test/support/task-samples.ts';

const CONSOLE = normalize(join(import.meta.dirname, '../build/console'));
const TICK_MILLIS = 20;
const SIZE = 256 * 1024 * 1024;

export class StubServer {
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #deliveries: Delivery[];
  #stream: ServerResponse | undefined;
  #sequence = 0;
  #sent = 0;

  constructor(deviceCount: number) {
    this.#deliveries = Array.from({ length: deviceCount }, (_, index) =>
      delivery(`till-${String(index).padStart(5, '0')}`),
    );
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#stream?.end();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Devices go from state to state, spread evenly over the time. */
  async replay(eventCount: number, seconds: number): Promise<void> {
    const begun = performance.now();
    for (let told = 0; told < eventCount;) {
      const due = Math.min(eventCount, Math.floor(((performance.now() - begun) / (seconds * 1000)) * eventCount));
      let text = '';
      for (; told < due; told += 1) text += this.#nextEvent();
      if (text !== '') this.#stream?.write(text + this.#progress());
      await sleep(TICK_MILLIS);
    }
  }

  #nextEvent(): string {
    this.#sequence += 1;
    const index = (this.#sequence * 7919) % this.#deliveries.length;
    const delivery = nextOf(this.#deliveries[index]!);
    this.#deliveries[index] = delivery;
    const event = { sequence: this.#sequence, at: Date.now(), type: 'delivery', taskId: 't1', delivery };
    return `id: ${this.#sequence}\nevent: delivery\ndata: ${JSON.stringify(event)}\n\n`;
  }

  /** Once a second, as the server does. */
  #progress(): string {
    this.#sent += 1;
    if (this.#sent % Math.round(1000 / TICK_MILLIS) !== 0) return '';
    const bytesSent = (this.#sent * 50_000) % SIZE;
    const receiving = this.#deliveries.filter(({ state }) => state === 'receiving');
    const held = Object.fromEntries(receiving.map(({ device }) => [device.id, bytesSent]));
    const session = { bytesSent, rateBitsPerSecond: 1e8, contentBytes: bytesSent, contentSize: SIZE };
    const event = { ...progressEvent(session, held), at: Date.now() };
    return `event: progress\ndata: ${JSON.stringify(event)}\n\n`;
  }

  #answer({ url = '/' }: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(url, 'http://stub');
    if (pathname === '/v1/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const note = JSON.stringify({ type: 'open', sequence: this.#sequence });
      response.write(`event: open\ndata: ${note}\n\n`);
      this.#stream = response;
      return;
    }
    const answer = this.#answerTo(pathname);
    if (answer !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      return;
    }
    const file = join(CONSOLE, normalize(pathname));
    const place = extname(file) !== '' && existsSync(file) ? file : join(CONSOLE, 'index.html');
    response.writeHead(200, { 'content-type': TYPES[extname(place)] ?? 'text/html' }).end(readFileSync(place));
  }

  #answerTo(path: string): unknown {
    if (path === '/v1/operators/self') return { id: 'o', name: 'bench', role: 'admin', createdAt: 0, scope: null };
    if (path === '/v1/tasks/t1') return task(this.#deliveries, { name: 'ten thousand', createdAt: Date.now() }, SIZE);
    if (path === '/v1/tasks/t1/progress') return { samples: [] };
    return path.startsWith('/v1/') ? {} : undefined;
  }
}

const STATES = ['queued', 'receiving', 'received', 'executing', 'succeeded'] as const;

function nextOf(delivery: Delivery): Delivery {
  const state = STATES[(STATES.indexOf(delivery.state as 'queued') + 1) % STATES.length]!;
  const isDone = state === 'succeeded';
  return {
    ...delivery,
    state,
    reason: state === 'queued' ? 'not_notified' : null,
    path: isDone ? (delivery.sequence % 3 === 0 ? 'unicast' : 'multicast') : null,
    sequence: delivery.sequence + 1,
    bytesMulticast: isDone ? SIZE : 0,
    lossRatio: isDone ? 0.012 : null,
  };
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
