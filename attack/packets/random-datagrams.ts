import assert from 'node:assert/strict';
import { DatagramBatch, Random } from '@rollcall/norm';
import type { Attack } from '../attack.ts';
import { liveBytes } from '../support/heap.ts';
import { NormGroup, SYMBOL_SIZE, testContent } from '../support/norm-group.ts';

/** At a session with keys nothing of it may come as far as the decoders. */
export const attack: Attack = {
  name: 'random and bit-flipped datagrams at a session with keys',
  run: (scale) => Promise.resolve(storm(scale === 'full' ? 10_000_000 : 100_000)),
};

const BATCH_COUNT = 64;
/** A byte for every datagram of the full storm would be more. */
const GROWTH_MAX_BYTES = 4 * 1024 ** 2;

function storm(count: number): { count: number; stoppedBy: string } {
  const recorded = new NormGroup({ content: testContent(256 * 1024), receiverCount: 2, lossRatio: 0.1 }).run(60);
  const corpus = [
    ...recorded.said.filter(({ length }) => length < 300),
    ...recorded.said.slice(0, 20),
    ...recorded.answered,
  ];
  const { sender, members } = new NormGroup({ content: testContent(4096), receiverCount: 1, lossRatio: 0 });
  const receiver = members[0]!.session;
  const random = new Random(4);
  const heard = new DatagramBatch(BATCH_COUNT, SYMBOL_SIZE + 100);
  let before = 0;
  let now = 1_000_000;
  for (let sent = 0; sent < count; sent += BATCH_COUNT, now += 1000) {
    if (before === 0 && sent * 4 >= count) before = liveBytes();
    heard.clear();
    while (heard.count < BATCH_COUNT) heard.append(write(heard, random, corpus), 1 + random.below(50));
    sender.handleDatagrams(now, heard);
    receiver.handleDatagrams(now, heard);
  }
  const tried = Math.ceil(count / BATCH_COUNT) * BATCH_COUNT;
  const growth = liveBytes() - before;
  assert.ok(growth < GROWTH_MAX_BYTES, `the sessions grew by ${growth} bytes`);
  for (const { unauthenticatedCount, replayedCount } of [sender.stats, receiver.stats]) {
    assert.equal(unauthenticatedCount + replayedCount, tried, 'each was dropped');
  }
  assert.equal(receiver.stats.datagramCount, 0);
  assert.equal(sender.stats.receivers.size, 0);
  return { count: tried, stoppedBy: 'the MAC, before any decoder: no throw, no growth, no state' };
}

/** Writes one at the batch's end and answers its length. It is never one of the corpus, which would be taken: the keys are the same. */
function write(batch: DatagramBatch, random: Random, corpus: readonly Uint8Array[]): number {
  const { bytes, end } = batch;
  const honest = corpus[random.below(corpus.length)]!;
  const length = alter(batch, random, honest);
  // Flips may undo each other, and what is random may be no more than as long as a short one's header.
  if (length === honest.length && honest.every((byte, at) => bytes[end + at] === byte)) bytes[end + 4]! ^= 1;
  return length;
}

function alter({ bytes, end }: DatagramBatch, random: Random, honest: Uint8Array): number {
  if (random.chance(0.2)) {
    const length = random.below(300);
    for (let at = 0; at < length; at += 1) bytes[end + at] = random.uint32();
    // As much of an honest header as gets it past the first checks.
    if (random.chance(0.9)) bytes.set(honest.subarray(0, Math.min(length, random.below(48))), end);
    return length;
  }
  bytes.set(honest, end);
  for (let flips = 1 + random.below(8); flips > 0; flips -= 1) {
    const at = end + random.below(random.chance(0.5) ? Math.min(48, honest.length) : honest.length);
    bytes[at]! ^= 1 << random.below(8);
  }
  return honest.length;
}
