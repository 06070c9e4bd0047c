import assert from 'node:assert/strict';
import { DatagramBatch, Random, ReceiverSession, SenderSession } from '@rollcall/norm';
import type { Attack } from '../attack.ts';
import { liveBytes } from '../support/heap.ts';

/**
 * A stranger sends whatever a datagram can hold to a session without keys, as `cast` has it, so that everything comes
 * as far as the decoders and the protocol behind them: random bytes, and the session's own datagrams with bits flipped.
 */
export const attack: Attack = {
  name: 'random and bit-flipped datagrams',
  run: (scale) => Promise.resolve(storm(scale === 'full' ? 10_000_000 : 100_000)),
};

const SYMBOL_SIZE = 256;
const CONTENT = Uint8Array.from({ length: 64 * 1024 }, (_, index) => index * 7 + (index >> 8));
const BATCH_COUNT = 64;
const DATAGRAM_SIZE_MAX = 512;
/** What the sessions may hold by their limits for an object of this size; a leak of a byte per datagram is more. */
const GROWTH_MAX_BYTES = 8 * 1024 ** 2;
const SENDER = { nodeId: 1, instanceId: 9 };

function storm(count: number): { count: number; stoppedBy: string } {
  const random = new Random(1);
  const [sender, receiver] = [newSender(), newReceiver()];
  const heard = new DatagramBatch(BATCH_COUNT, DATAGRAM_SIZE_MAX);
  const outgoing = new DatagramBatch(BATCH_COUNT, 9000);
  const corpus = honestTraffic();
  let now = 1_000_000;
  let before = 0;
  for (let sent = 0; sent < count; sent += BATCH_COUNT) {
    // What sessions allocate once is there by then; from here on nothing may grow.
    if (before === 0 && sent * 4 >= count) before = liveBytes();
    heard.clear();
    while (heard.count < BATCH_COUNT) heard.append(writeDatagram(heard, random, corpus), 1 + random.below(50));
    now += 1000;
    for (const session of [sender, receiver]) {
      session.handleDatagrams(now, heard);
      session.handleTimeout(now);
      outgoing.clear();
      session.pollTransmit(now, outgoing);
      while (session.pollEvent() !== undefined);
    }
  }
  const growth = liveBytes() - before;
  assert.ok(growth < GROWTH_MAX_BYTES, `the sessions grew by ${growth} bytes`);
  const { malformedCount } = receiver.stats;
  assert.ok(malformedCount > 0, 'malformed datagrams are counted');
  const refused = Math.round((100 * malformedCount) / receiver.stats.datagramCount);
  return { count, stoppedBy: `the decoders (${refused} % refused), and limits behind them: no throw, no growth` };
}

/** Writes one at the batch's end and answers its length. */
function writeDatagram(batch: DatagramBatch, random: Random, corpus: readonly Uint8Array[]): number {
  const { bytes, end } = batch;
  if (random.chance(0.2)) {
    const length = random.below(DATAGRAM_SIZE_MAX);
    for (let at = 0; at < length; at += 1) bytes[end + at] = random.uint32();
    if (length > 0 && random.chance(0.9)) bytes[end] = 0x10 | random.below(8);
    return length;
  }
  const honest = corpus[random.below(corpus.length)] ?? new Uint8Array();
  bytes.set(honest, end);
  for (let flips = 1 + random.below(8); flips > 0; flips -= 1) {
    // Most of them in the headers: a flipped bit of a symbol is found by the hash tree, not here.
    const at = end + random.below(random.chance(0.8) ? Math.min(48, honest.length) : honest.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return honest.length;
}

/** Everything that a sender and a receiver that misses a third of it say to each other. */
function honestTraffic(): readonly Uint8Array[] {
  const [sender, receiver, random] = [newSender(), newReceiver(), new Random(2)];
  sender.end();
  const said: Uint8Array[] = [];
  const batch = new DatagramBatch(BATCH_COUNT, 9000);
  for (let now = 1_000_000; now < 20_000_000; now += 2000) {
    for (const [speaker, hearer] of [
      [sender, receiver],
      [receiver, sender],
    ] as const) {
      batch.clear();
      speaker.handleTimeout(now);
      speaker.pollTransmit(now, batch);
      for (let index = 0; index < batch.count; index += 1) {
        const offset = batch.offsets[index] ?? 0;
        said.push(batch.bytes.slice(offset, offset + (batch.lengths[index] ?? 0)));
        batch.peers[index] = 1;
      }
      if (speaker === receiver || !random.chance(1 / 3)) hearer.handleDatagrams(now, batch);
      while (speaker.pollEvent() !== undefined);
    }
  }
  return said;
}

function newSender(): SenderSession {
  const sender = new SenderSession({
    ...SENDER,
    seed: 1,
    rate: { mode: 'fixed', bytesPerSecond: 1e6 },
    symbolSize: SYMBOL_SIZE,
    fec: { scheme: 'reedSolomon', blockLength: 16, repairSymbolCount: 8, proactiveRepairSymbols: 'auto' },
    grttMicros: 10_000,
  });
  const read = (offset: number, target: Uint8Array): void =>
    target.set(CONTENT.subarray(offset, offset + target.length));
  sender.enqueueObject({ source: { size: CONTENT.length, read }, info: Uint8Array.of(4, 2) });
  return sender;
}

/** Takes any sender and any object that is no larger than the honest one: the sink is memory here. */
function newReceiver(): ReceiverSession {
  return new ReceiverSession({
    nodeId: 7,
    seed: 1,
    onObject: ({ size }) => (size > CONTENT.length ? undefined : { sink: memorySink(size) }),
  });
}

function memorySink(size: number) {
  const bytes = new Uint8Array(size);
  return {
    write: (offset: number, written: Uint8Array): void => bytes.set(written, offset),
    read: (offset: number, target: Uint8Array): void => target.set(bytes.subarray(offset, offset + target.length)),
  };
}
