/**
 * How fast messages are authenticated, in GB/s and in messages a second: node bench/mac.ts
 *
 * Each message is put into the kernel and its tag is taken, as for a datagram that the sender or a receiver says; node:crypto's HMAC-SHA-256 does the same by
 * its side. Every pass goes over many messages in turn; the figure is the median of several passes. --json prints one JSON
 * document instead of the table.
 */
import { createHmac } from 'node:crypto';
import { cpus } from 'node:os';
import { DatagramMac, DIRECTION } from '../packages/norm/src/authentication/datagram-mac.ts';
import type { MacKernelName } from '../packages/norm/src/authentication/mac-kernel.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

const MESSAGE_SIZES = [64, 300, 1472];
const MESSAGE_COUNT = 1024;
const PASS_COUNT = 5;
const PASS_MILLIS = 100;

interface Measurement {
  readonly algorithm: string;
  readonly messageSize: number;
  readonly gigabytesPerSecond: number;
  readonly messagesPerSecond: number;
}

const { values } = scriptFlags(import.meta.url, { options: { json: { type: 'boolean', default: false } } });
const measurements = MESSAGE_SIZES.flatMap((size) => {
  const messages = Array.from({ length: MESSAGE_COUNT }, () =>
    Uint8Array.from({ length: size }, () => Math.random() * 256),
  );
  return [
    measure('NH and SipHash, wasm', size, throughMac('wasm', 'senderToGroup', messages)),
    measure('NH and SipHash, javascript', size, throughMac('javascript', 'senderToGroup', messages)),
    measure('SipHash alone, wasm', size, throughMac('wasm', 'receiverToSender', messages)),
    measure('SipHash alone, javascript', size, throughMac('javascript', 'receiverToSender', messages)),
    measure('HMAC-SHA-256, node:crypto', size, throughHmac(messages)),
  ];
});
const machine = `${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.versions.node}, ${process.arch}`;
if (values.json) console.log(JSON.stringify({ machine, measurements }));
else printTable();

function throughMac(
  name: MacKernelName,
  direction: 'senderToGroup' | 'receiverToSender',
  messages: readonly Uint8Array[],
): (index: number) => void {
  const mac = new DatagramMac(name);
  const key = new Uint8Array(16).fill(1);
  return (index) => {
    mac.put(messages[index]!, 16);
    mac.compute(key, DIRECTION[direction], index);
  };
}

function throughHmac(messages: readonly Uint8Array[]): (index: number) => void {
  const key = Buffer.alloc(32, 1);
  return (index) => void createHmac('sha256', key).update(messages[index]!).digest();
}

/** The first pass, in which the engine is still optimising, does not count. */
function measure(algorithm: string, messageSize: number, work: (index: number) => void): Measurement {
  const rates: number[] = [];
  for (let pass = 0; pass <= PASS_COUNT; pass++) {
    const start = performance.now();
    let count = 0;
    let elapsed: number;
    do {
      for (let index = 0; index < MESSAGE_COUNT; index++) work(index);
      count += MESSAGE_COUNT;
      elapsed = performance.now() - start;
    } while (elapsed < PASS_MILLIS);
    if (pass > 0) rates.push((count / elapsed) * 1000);
  }
  const messagesPerSecond = rates.sort((a, b) => a - b)[PASS_COUNT >> 1]!;
  return { algorithm, messageSize, messagesPerSecond, gigabytesPerSecond: (messagesPerSecond * messageSize) / 1e9 };
}

function printTable(): void {
  console.log(`${machine}\n`);
  console.log('algorithm                       bytes     GB/s   messages/s');
  for (const { algorithm, messageSize, gigabytesPerSecond, messagesPerSecond } of measurements) {
    console.log(
      algorithm.padEnd(29) +
        String(messageSize).padStart(8) +
        gigabytesPerSecond.toFixed(2).padStart(9) +
        Math.round(messagesPerSecond).toLocaleString('en').padStart(13),
    );
  }
}
