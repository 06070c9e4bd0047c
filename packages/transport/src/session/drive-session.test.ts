import type { DatagramBatch, Session } from '@rollcall/norm';
import type { UdpSocket } from '../udp/udp-socket.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SEND_QUANTUM_MICROS } from '../limits.ts';
import { driveSession } from './drive-session.ts';

/** A socket without a network, on whose waits virtual time passes. */
class VirtualSocket implements UdpSocket {
  readonly implementation = 'native';
  readonly localPort = 1;
  readonly warnings = [];
  readonly trouble = undefined;
  readonly wakeDescriptor = 1;
  readonly roomDatagrams = 1000;
  hasMore = false;
  /** When the loop asked after the interface. */
  readonly checkedAt: number[] = [];
  readonly sent: number[] = [];
  readonly waits: { readonly micros: number; readonly nap: boolean; readonly forWrite: boolean }[] = [];
  now = 0;
  /** How many datagrams the kernel takes at once, call by call; then all. */
  room: number[] = [];
  /** How long it takes to send one. */
  sendMicros = 0;
  /** How many datagrams arrive in each millisecond. */
  arrivalsPerMilli = 0;
  #taken = 0;

  receive(batch: DatagramBatch): number {
    const arrived = Math.floor((this.now * this.arrivalsPerMilli) / 1000) - this.#taken;
    batch.count = Math.min(batch.countMax, arrived);
    this.#taken += batch.count;
    this.hasMore = arrived > batch.count;
    return batch.count;
  }

  send(batch: DatagramBatch, first: number): number {
    const taken = Math.min(batch.count - first, this.room.shift() ?? Infinity);
    for (let index = first; index < first + taken; index++)
      this.sent.push(batch.bytes[batch.offsets[index] ?? 0] ?? -1);
    this.now += taken * this.sendMicros;
    return taken;
  }

  wait(micros: number, how?: { readonly forWrite?: boolean; readonly nap?: boolean }): void {
    this.waits.push({ micros, nap: how?.nap === true, forWrite: how?.forWrite === true });
    // But for a nap, the next datagram ends a wait.
    const nextArrival = how?.nap === true || this.arrivalsPerMilli === 0 ? Infinity : 1000 / this.arrivalsPerMilli;
    this.now += Math.max(1, Math.min(micros, nextArrival));
  }

  keepPeers(): void {}

  setBurstMax(): void {}

  checkInterface(): void {
    this.checkedAt.push(this.now);
  }

  counts() {
    return { overrunCount: 0, truncatedCount: 0, misdirectedCount: 0 };
  }

  address(): undefined {
    return undefined;
  }

  releaseDescriptors(): readonly number[] {
    return [];
  }

  close(): void {
    this.now = Infinity;
  }
}

/** A session that has a datagram to send every so often, numbered, and counts what it is given. */
class PacedSession implements Session<never> {
  readonly #intervalMicros: number;
  readonly handledAt: number[] = [];
  #nextAt = 0;
  #number = 0;

  constructor(intervalMicros: number) {
    this.#intervalMicros = intervalMicros;
  }

  handleDatagrams(now: number): void {
    this.handledAt.push(now);
  }

  handleTimeout(): void {
    this.handledAt.push(-1);
  }

  pollTransmit(now: number, batch: DatagramBatch): number {
    const before = batch.count;
    for (; this.#nextAt <= now && batch.hasRoom(1); this.#nextAt += this.#intervalMicros) {
      batch.bytes[batch.end] = this.#number++;
      batch.append(1, 0);
    }
    return batch.count - before;
  }

  pollTimeout(): number | undefined {
    return this.#nextAt;
  }

  pollEvent(): undefined {
    return undefined;
  }
}

async function drive(session: PacedSession, socket: VirtualSocket, untilMicros: number) {
  const sent = { datagrams: 0, bytes: 0 };
  const driver = {
    handleCommands: () => undefined,
    handleEvent: () => undefined,
    handleTimeout: () => undefined,
    isOver: () => socket.now >= untilMicros,
  };
  const clock = { now: () => socket.now };
  await driveSession({ session, socket, clock, driver, receiveSizeMaxBytes: 16, sendSizeMaxBytes: 16, sent });
  return sent;
}

test('what the kernel did not take is sent before anything else, in order, once it has room', async () => {
  const socket = new VirtualSocket();
  socket.room = [2, 0, 1];
  const sent = await drive(new PacedSession(100), socket, 3000);
  assert.deepEqual(
    socket.sent,
    socket.sent.map((_, index) => index),
  );
  assert.equal(sent.datagrams, socket.sent.length);
  assert.ok(sent.datagrams >= 20);
  assert.ok(socket.waits.some(({ forWrite }) => forWrite));
});

test('a paced sender gathers what a millisecond allows instead of waking for each datagram', async () => {
  const socket = new VirtualSocket();
  await drive(new PacedSession(12), socket, 100_000);
  assert.ok(socket.sent.length > 8000, `${socket.sent.length}`);
  assert.ok(socket.waits.length < 110_000 / SEND_QUANTUM_MICROS, `${socket.waits.length}`);
});

test('a sender that needs most of a millisecond for what it allows sleeps for the rest of it alone', async () => {
  const socket = new VirtualSocket();
  socket.sendMicros = 8;
  await drive(new PacedSession(10), socket, 100_000);
  assert.ok(socket.sent.length > 9700, `${socket.sent.length}`);
  assert.ok(socket.waits.length > 90, `${socket.waits.length}`);
  const longest = Math.max(...socket.waits.slice(1).map(({ micros }) => micros));
  assert.ok(longest <= 0.3 * SEND_QUANTUM_MICROS, `${longest}`);
});

test('a slow sender sleeps until its next datagram is due', async () => {
  const socket = new VirtualSocket();
  await drive(new PacedSession(50_000), socket, 1_000_000);
  assert.equal(socket.sent.length, 20);
  assert.ok(socket.waits.length <= 42, `${socket.waits.length}`);
});

test('a busy receiver naps, and never beyond the deadline of its session', async () => {
  const socket = new VirtualSocket();
  socket.arrivalsPerMilli = 80;
  const intervalMicros = 10_400;
  await drive(new PacedSession(intervalMicros), socket, 100_000);
  const naps = socket.waits.filter(({ nap }) => nap);
  assert.ok(naps.length > 50, `${naps.length}`);
  assert.ok(socket.sent.length >= Math.floor(100_000 / intervalMicros));
});
