import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DatagramBatch } from '../batch.ts';
import { SenderSession } from '../sender/sender-session.ts';
import { ReceiverSession } from './receiver-session.ts';

const SYMBOL_SIZE = 64;
const KEY = { senderId: 1, instanceId: 1, toi: 0 };
const content = Uint8Array.from({ length: 40 * SYMBOL_SIZE + 7 }, (_, index) => index * 31 + (index >> 7));

/** A sender, and a receiver that misses every third symbol of the first pass but for the last block. */
function transfer(onStep: (receiver: ReceiverSession, sink: Uint8Array) => void): {
  sink: Uint8Array;
  isComplete: boolean;
} {
  const sink = new Uint8Array(content.length);
  const sender = new SenderSession({
    nodeId: 1,
    instanceId: 1,
    seed: 1,
    rate: { mode: 'fixed', bytesPerSecond: 20_000 },
    symbolSize: SYMBOL_SIZE,
    fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 10 },
    groupSize: 1,
  });
  sender.enqueueObject({
    source: {
      size: content.length,
      read: (offset, target) => target.set(content.subarray(offset, offset + target.length)),
    },
    info: new Uint8Array(),
  });
  const receiver = new ReceiverSession({
    nodeId: 2,
    seed: 2,
    onObject: () => ({
      sink: {
        write: (offset, bytes) => sink.set(bytes, offset),
        read: (offset, target) => target.set(sink.subarray(offset, offset + target.length)),
      },
    }),
  });
  const batch = new DatagramBatch(8, 256);
  let isComplete = false;
  let count = 0;
  for (let now = 1_000_000; now < 60_000_000 && !isComplete; now += 1000) {
    for (const [from, to] of [
      [sender, receiver],
      [receiver, sender],
    ] as const) {
      batch.clear();
      from.pollTransmit(now, batch);
      count += batch.count;
      if (from === sender && count % 3 === 0 && count < 40) continue;
      to.handleDatagrams(now, batch);
    }
    for (let event = receiver.pollEvent(); event !== undefined; event = receiver.pollEvent())
      if (event.type === 'objectCompleted') isComplete = true;
    while (sender.pollEvent() !== undefined);
    if (!isComplete) onStep(receiver, sink);
  }
  return { sink, isComplete };
}

test('bytes that turn out to be wrong come again, wherever they are and whenever it is found', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          step: fc.integer({ min: 1, max: 130 }),
          offset: fc.nat(content.length - 1),
          length: fc.integer({ min: 1, max: 5 * SYMBOL_SIZE }),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      (losses) => {
        let step = 0;
        let lostCount = 0;
        const { sink, isComplete } = transfer((receiver, bytes) => {
          step += 1;
          for (const loss of losses) {
            if (loss.step !== step) continue;
            const length = Math.min(loss.length, content.length - loss.offset);
            const missing = receiver.missingRanges(KEY);
            if (missing === undefined || !receiver.loseRange(KEY, { offset: loss.offset, length })) continue;
            lostCount += 1;
            bytes.fill(0xee, loss.offset, loss.offset + length);
            const after = receiver.missingRanges(KEY) ?? [];
            assert.ok(
              after.some((range) => range.offset <= loss.offset && loss.offset + length <= range.offset + range.length),
            );
          }
        });
        assert.ok(isComplete);
        assert.deepEqual(Buffer.compare(sink, content), 0, `${lostCount} losses`);
      },
    ),
    { numRuns: 60 },
  );
});

test('of an object that is complete, or that nobody knows, nothing is lost', () => {
  let receiver: ReceiverSession | undefined;
  transfer((one) => (receiver = one));
  assert.equal(receiver?.loseRange(KEY, { offset: 0, length: 1 }), false);
  assert.equal(receiver?.loseRange({ ...KEY, toi: 9 }, { offset: 0, length: 1 }), false);
});
