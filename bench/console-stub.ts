/** A server that says what a real one would of one task with many devices, and no more: for the console's measurement. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery, TaskDetails } from '@rollcall/api';

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
    this.#deliveries = Array.from({ length: deviceCount }, (_, index) => deliveryOf(index));
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
    const session = { bytesSent, repairBytes: 0, rateBitsPerSecond: 1e8, contentBytes: bytesSent, contentSize: SIZE };
    const devices = this.#deliveries
      .filter(({ state }) => state === 'receiving')
      .map(({ device }) => ({ id: device.id, bytesHeld: bytesSent, size: SIZE }));
    const event = { type: 'progress', taskId: 't1', at: Date.now(), session, devices };
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
    if (path === '/v1/tasks/t1') return taskOf(this.#deliveries);
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

function deliveryOf(index: number): Delivery {
  const name = `till-${String(index).padStart(5, '0')}`;
  return {
    device: { id: `01a2-${name}`, name },
    state: 'queued',
    reason: 'not_notified',
    path: null,
    attempt: 1,
    sequence: 0,
    bytesMulticast: 0,
    bytesUnicast: 0,
    lossRatio: null,
    version: null,
    startedAt: null,
    finishedAt: null,
    error: null,
  };
}

function taskOf(deliveries: Delivery[]): TaskDetails {
  const hash = '0'.repeat(64);
  const states = [
    'queued',
    'receiving',
    'received',
    'executing',
    'succeeded',
    'failed',
    'rejected',
    'timed_out',
  ] as const;
  const ends = ['expired', 'cancelled', 'removed'] as const;
  const counts = Object.fromEntries([...states, ...ends].map((state) => [state, 0])) as TaskDetails['counts'];
  for (const { state } of deliveries) counts[state] += 1;
  return {
    id: 't1',
    kind: 'copy',
    name: 'ten thousand',
    state: 'active',
    phase: 'multicasting',
    outcome: null,
    createdAt: Date.now(),
    createdBy: 'bench',
    finishedAt: null,
    counts,
    action: { kind: 'copy', to: 'image.bin', form: 'file', name: 'image.bin' },
    content: {
      id: hash,
      encoding: 'aes-256-gcm',
      size: SIZE,
      leafSize: 65_536,
      leafCount: 4096,
      root: hash,
      sha256: hash,
    },
    target: 'all',
    policy: {
      mode: 'multicast',
      weight: 100,
      timeoutSeconds: 1800,
      expiresAt: Date.now() + 1e9,
      startWhen: { share: 1 },
      maxWaitMs: 0,
    },
    sessions: [
      {
        id: 's1',
        site: 'default',
        mode: 'multicast',
        state: 'sending',
        startedAt: Date.now(),
        endedAt: null,
        bytesSent: 0,
        repairBytes: 0,
        handedOver: [],
        error: null,
      },
    ],
    deliveries,
    bytesUnicast: 0,
  };
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
