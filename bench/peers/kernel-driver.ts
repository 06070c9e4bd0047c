/**
 * The kernel alone, without a protocol: full datagrams out by UDP_SEGMENT, and in by recvmmsg with naps, on the sockets
 * that our sessions use. One process per host: node bench/peers/kernel-driver.ts JSON (see `KernelDriverOptions`).
 */
import { DatagramBatch } from '@rollcall/norm';
import { openUdpSocket } from '@rollcall/transport';

export interface KernelDriverOptions {
  readonly role: 'sender' | 'receiver';
  readonly address: string;
  readonly port: number;
  /** Sender: how much, and how fast at most, in bytes of payload. */
  readonly size: number;
  readonly bytesPerSecond?: number;
}

export interface KernelDriverResult {
  readonly bytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const DATAGRAM_SIZE = 1472;
const SEND_BATCH = 88;
const RECEIVE_BATCH = 256;
const SLOT_SIZE = 2048;
const NAP_MICROS = 1000;
const IDLE_MICROS = 100_000;
/** The flood is over when nothing has come for so long. */
const SILENCE_MILLIS = 500;

const options = JSON.parse(process.argv[2] ?? '') as KernelDriverOptions;
const { role, address, port } = options;
const group = { address, port };
const socket = await openUdpSocket({ role, mode: 'multicast', group, interface: 'eth0', implementation: 'native' });
const before = process.cpuUsage();
const result = role === 'sender' ? await send() : await receive();
const { user, system } = process.cpuUsage(before);
socket.close();
console.log(JSON.stringify({ ...result, cpuSeconds: (user + system) / 1e6 }));

async function send(): Promise<Omit<KernelDriverResult, 'cpuSeconds'>> {
  const batch = new DatagramBatch(SEND_BATCH, DATAGRAM_SIZE);
  while (batch.hasRoom(DATAGRAM_SIZE)) batch.append(DATAGRAM_SIZE, 0);
  const startedAt = performance.now();
  let bytes = 0;
  while (bytes < options.size) {
    const allowed = (options.bytesPerSecond ?? Infinity) * ((performance.now() - startedAt) / 1000);
    if (bytes > allowed) {
      await socket.wait(NAP_MICROS, { nap: true });
      continue;
    }
    for (let sent = 0; sent < batch.count;) {
      const taken = socket.send(batch, sent);
      sent += taken;
      if (sent < batch.count) await socket.wait(NAP_MICROS, { forWrite: true });
    }
    bytes += batch.count * DATAGRAM_SIZE;
  }
  return { bytes, seconds: (performance.now() - startedAt) / 1000 };
}

async function receive(): Promise<Omit<KernelDriverResult, 'cpuSeconds'>> {
  const batch = new DatagramBatch(RECEIVE_BATCH, SLOT_SIZE);
  let bytes = 0;
  let firstAt = 0;
  let lastAt = 0;
  for (;;) {
    const count = socket.receive(batch);
    const now = performance.now();
    for (let i = 0; i < count; i++) bytes += batch.lengths[i] ?? 0;
    if (count > 0) {
      if (firstAt === 0) firstAt = now;
      lastAt = now;
    } else if (firstAt > 0 && now > lastAt + SILENCE_MILLIS) {
      return { bytes, seconds: (lastAt - firstAt) / 1000 };
    }
    if (count < RECEIVE_BATCH) {
      await socket.wait(firstAt === 0 ? IDLE_MICROS : NAP_MICROS, { nap: firstAt > 0 });
    }
  }
}
