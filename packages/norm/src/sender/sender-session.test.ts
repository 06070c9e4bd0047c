import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatagramBatch } from '../batch.ts';
import { NACK_VISITS_MAX, RECEIVERS_TRACKED_MAX } from '../limits.ts';
import { arenaOf } from '../wire/arena.ts';
import { encodeAck } from '../wire/ack.ts';
import { decodeMessage, type Message } from '../wire/message.ts';
import { encodeNack } from '../wire/nack.ts';
import { OBJECT_FLAG } from '../wire/object-flags.ts';
import { quantizeLoss } from '../wire/quantization.ts';
import { REPAIR_FLAG, type RepairRequest } from '../wire/repair-request.ts';
import type { SenderEvent } from './sender-event.ts';
import type { SenderOptions } from './sender-options.ts';
import { SenderSession } from './sender-session.ts';

const OPTIONS: SenderOptions = {
  nodeId: 1,
  instanceId: 9,
  seed: 1,
  rate: { mode: 'fixed', bytesPerSecond: 10e6 },
  symbolSize: 100,
  fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 4 },
  robustFactor: 3,
};

const CC = { ccSequence: 1, ccFlags: 0, ccRttQuantized: 0, ccRateQuantized: 0 };

const CONTENT = Uint8Array.from({ length: 5000 }, (_, index) => index * 7);

function sourceOf(content: Uint8Array) {
  return {
    size: content.length,
    read: (offset: number, target: Uint8Array): void => target.set(content.subarray(offset, offset + target.length)),
  };
}

/** A sender alone, in virtual time: what it sends is kept, decoded, with the instant. */
class Stage {
  readonly sender: SenderSession;
  readonly sent: { readonly at: number; readonly message: Message }[] = [];
  readonly events: SenderEvent[] = [];
  now = 1_000_000;
  readonly #batch = new DatagramBatch(16, 2000);

  constructor(options: Partial<SenderOptions> = {}) {
    this.sender = new SenderSession({ ...OPTIONS, ...options });
  }

  /** Lets time pass, waking the session when it asks for it. */
  run(micros: number): this {
    const until = this.now + micros;
    for (;;) {
      this.#poll();
      const at = this.sender.pollTimeout();
      if (at === undefined || at > until) break;
      this.now = Math.max(this.now, at);
      this.sender.handleTimeout(this.now);
    }
    this.now = until;
    return this;
  }

  nack(repairRequests: readonly RepairRequest[], peer = 5, nodeId = 77): void {
    const bytes = new Uint8Array(1000);
    const fields = { sequence: 0, sourceId: nodeId, senderId: 1, instanceId: 9, grttResponse: 0, feedback: undefined };
    const end = encodeNack(arenaOf(bytes), 0, { type: 'nack', ...fields, repairRequests });
    this.#hear(bytes.subarray(0, end), peer);
  }

  /** The node answers a probe that was sent so long ago. */
  answerProbe(nodeId: number, roundTrip: number, lossRatio?: number): void {
    const bytes = new Uint8Array(100);
    const feedback = lossRatio === undefined ? undefined : { ...CC, lossQuantized: quantizeLoss(lossRatio) };
    const fields = { sequence: 0, sourceId: nodeId, senderId: 1, instanceId: 9, feedback };
    const end = encodeAck(arenaOf(bytes), 0, {
      type: 'ack',
      ...fields,
      grttResponse: this.now - roundTrip,
      ackType: 1,
      ackId: 0,
      position: undefined,
      content: new Uint8Array(0),
    });
    this.#hear(bytes.subarray(0, end), 5);
  }

  acknowledge(nodeId: number, sourceBlockNumber: number, encodingSymbolId: number): void {
    const bytes = new Uint8Array(100);
    const position = { fecEncodingId: 5, toi: 0, sourceBlockNumber, encodingSymbolId } as const;
    const fields = { sequence: 0, sourceId: nodeId, senderId: 1, instanceId: 9, grttResponse: 0, feedback: undefined };
    const end = encodeAck(arenaOf(bytes), 0, {
      type: 'ack',
      ...fields,
      ackType: 2,
      ackId: 0,
      position,
      content: new Uint8Array(0),
    });
    this.#hear(bytes.subarray(0, end), 5);
  }

  /** The messages of a kind, from the `from`th that was sent. */
  of<Type extends Message['type']>(type: Type, from = 0): Extract<Message, { type: Type }>[] {
    return this.sent.slice(from).flatMap(({ message }) => (message.type === type ? [message as never] : []));
  }

  typesFrom(from: number): string[] {
    return this.sent.slice(from).map(({ message }) => message.type);
  }

  has(type: SenderEvent['type']): boolean {
    return this.events.some((event) => event.type === type);
  }

  #hear(bytes: Uint8Array, peer: number): void {
    const batch = new DatagramBatch(1, 1000);
    batch.bytes.set(bytes);
    batch.append(bytes.length, peer);
    this.sender.handleDatagrams(this.now, batch);
  }

  #poll(): void {
    const batch = this.#batch;
    for (;;) {
      batch.clear();
      if (this.sender.pollTransmit(this.now, batch) === 0) break;
      for (let index = 0; index < batch.count; index += 1) {
        const bytes = batch.bytes.slice(batch.offsets[index], batch.offsets[index]! + batch.lengths[index]!);
        const decoded = decodeMessage(arenaOf(bytes), 0, bytes.length);
        assert.ok(decoded.ok);
        this.sent.push({ at: this.now, message: decoded.message });
      }
    }
    for (let event = this.sender.pollEvent(); event !== undefined; event = this.sender.pollEvent())
      this.events.push(event);
  }
}

function symbols(sourceBlockNumber: number, ...encodingSymbolIds: number[]): RepairRequest {
  const items = encodingSymbolIds.map(
    (encodingSymbolId) => ({ fecEncodingId: 5, toi: 0, sourceBlockNumber, encodingSymbolId }) as const,
  );
  return { form: 'items', flags: 1, items };
}

test('INFO first, with the FTI, then every symbol once in order, then a flush at the end', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT), info: Uint8Array.of(1, 2) });
  stage.run(50_000);
  const [probe, info] = stage.typesFrom(0);
  assert.deepEqual([probe, info], ['cc', 'info']);
  const data = stage.of('data');
  assert.deepEqual(
    data.map(({ sourceBlockNumber, encodingSymbolId }) => sourceBlockNumber * 10 + encodingSymbolId),
    Array.from({ length: 50 }, (_, index) => index),
  );
  assert.equal(stage.of('info')[0]?.oti?.transferLength, CONTENT.length);
  assert.ok(data.every(({ oti }) => oti === undefined));
  const [flush] = stage.of('flush');
  assert.deepEqual([flush?.position.sourceBlockNumber, flush?.position.encodingSymbolId], [4, 9]);
  assert.ok(stage.has('objectSent'));
});

test('without INFO every symbol brings the FTI', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(50_000);
  assert.ok(stage.of('data').every(({ oti }) => oti?.transferLength === CONTENT.length));
});

test('INFO goes again with each probe while its object is sent, marked as repair', () => {
  const stage = new Stage({ rate: { mode: 'fixed', bytesPerSecond: 50_000 } });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT), info: Uint8Array.of(1, 2) });
  stage.run(80_000);
  const [first, ...again] = stage.of('info');
  assert.equal(first && first.flags & OBJECT_FLAG.repair, 0);
  assert.ok(again.length >= 2 && again.length <= 4);
  assert.ok(again.every(({ flags }) => (flags & OBJECT_FLAG.repair) !== 0));
  stage.run(1_000_000);
  assert.ok(stage.of('info').length <= again.length + 3);
});

test('sequence numbers run through all messages', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(50_000);
  const first = stage.sent[0]!.message.sequence;
  assert.deepEqual(
    stage.sent.map(({ message }) => message.sequence),
    stage.sent.map((_, index) => (first + index) & 0xffff),
  );
});

test('while there is more to send, NACKs are gathered and answered by as much fresh parity as the worst asks for', () => {
  const stage = new Stage({ rate: { mode: 'fixed', bytesPerSecond: 50_000 }, grttMicros: 10_000 });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(60_000);
  const before = stage.sent.length;
  const askedAt = stage.now;
  stage.nack([symbols(0, 10)]);
  stage.nack([symbols(0, 10, 11)]);
  stage.run(200_000);
  const repairs = stage.sent.slice(before).filter(({ message }) => message.type === 'data' && isParityOf(message, 0));
  assert.deepEqual(
    repairs.map(({ message }) => message.type === 'data' && message.encodingSymbolId),
    [10, 11],
  );
  assert.ok(repairs[0]!.at >= askedAt + stage.sender.holdOffMicros);
  assert.equal(stage.sender.stats.receivers.get(77)?.nackCount, 2);
});

test('with nothing else to send a NACK is answered at once, with one to spare; what another needs beyond follows', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(20_000);
  const before = stage.sent.length;
  const askedAt = stage.now;
  stage.nack([symbols(2, 10)]);
  stage.run(1_000);
  const parityIds = (): number[] => stage.of('data', before).map(({ encodingSymbolId }) => encodingSymbolId);
  assert.deepEqual(parityIds(), [10, 11]);
  assert.ok(stage.sent[before]!.at < askedAt + stage.sender.holdOffMicros);
  stage.nack([symbols(2, 10, 11, 12)]);
  stage.run(100_000);
  assert.deepEqual(parityIds(), [10, 11, 12, 13]);
  assert.ok(stage.has('repairsSent'));
});

test('who lost something of the last block learns at once that it was passed, although repair is pending', () => {
  const stage = new Stage({ rate: { mode: 'fixed', bytesPerSecond: 50_000 }, grttMicros: 50_000 });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(60_000);
  stage.nack([symbols(0, 10)]);
  stage.run(200_000);
  const types = stage.sent.filter(({ message }) => message.type === 'flush' || message.type === 'data');
  const [first] = types.filter(({ message }) => message.type === 'flush');
  const lastNew = types.findLastIndex(({ message }) => message.type === 'data' && !isParityOf(message, 0));
  assert.equal(types[lastNew + 1], first);
  assert.ok(types.slice(lastNew).some(({ message }) => message.type === 'data' && isParityOf(message, 0)));
});

function isParityOf(
  message: { readonly sourceBlockNumber: number; readonly encodingSymbolId: number },
  block: number,
): boolean {
  return message.sourceBlockNumber === block && message.encodingSymbolId >= 10;
}

test('parity that was sent already is not sent again while there is fresh parity', () => {
  const stage = new Stage({
    fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 4, proactiveRepairSymbols: 1 },
  });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(20_000);
  const before = stage.sent.length;
  stage.nack([symbols(0, 10)]);
  stage.run(100_000);
  assert.deepEqual(
    stage.of('data', before).map(({ encodingSymbolId }) => encodingSymbolId),
    [11, 12],
  );
});

test('a NACK for all repair symbols of a block whose proactive parity is still due takes none of it away', () => {
  for (let at = 1000; at < 40_000; at += 500) {
    const stage = new Stage({
      rate: { mode: 'fixed', bytesPerSecond: 100_000 },
      groupSize: at % 1000 === 0 ? 1 : 10,
      fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 4, proactiveRepairSymbols: 2 },
    });
    stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
    stage.run(at);
    stage.nack([symbols(0, 10, 11, 12, 13), symbols(1, 10, 11, 12, 13)]);
    stage.run(2_000_000);
    assert.ok(!stage.has('objectFailed'));
    const parity = stage
      .of('data')
      .filter((data) => data.encodingSymbolId >= 10 && !data.hasFlag(OBJECT_FLAG.explicit));
    assert.ok(parity.every(({ encodingSymbolId }) => encodingSymbolId < 14));
    const names = parity.map(({ sourceBlockNumber, encodingSymbolId }) => `${sourceBlockNumber}/${encodingSymbolId}`);
    assert.equal(new Set(names).size, names.length);
  }
});

test('without a code the very symbols are sent again', () => {
  const stage = new Stage({ fec: { scheme: 'none', blockLength: 10 } });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(20_000);
  const before = stage.sent.length;
  const items = [3, 7].map(
    (encodingSymbolId) => ({ fecEncodingId: 0, toi: 0, sourceBlockNumber: 1, encodingSymbolId }) as const,
  );
  stage.nack([{ form: 'items', flags: 1, items }]);
  stage.run(100_000);
  assert.deepEqual(
    stage.of('data', before).map(({ encodingSymbolId }) => encodingSymbolId),
    [3, 7],
  );
});

test('a NACK that names the same range again and again is looked at no further than its budget', () => {
  const stage = new Stage({
    fec: { scheme: 'none', blockLength: 1 },
    symbolSize: 64,
    rate: { mode: 'fixed', bytesPerSecond: 1e9 },
  });
  stage.sender.enqueueObject({ source: { size: 64 * 10_000, read: () => undefined } });
  stage.run(20_000);
  const position = (sourceBlockNumber: number) =>
    ({ fecEncodingId: 0, toi: 0, sourceBlockNumber, encodingSymbolId: 0 }) as const;
  const ranges = Array.from({ length: 40 }, () => ({ first: position(0), last: position(9_999) }));
  stage.nack([{ form: 'ranges', flags: REPAIR_FLAG.block, ranges }]);
  assert.equal(stage.sender.stats.receivers.get(77)?.symbolsRequested, NACK_VISITS_MAX);
});

test('what a NACK asks for is advertised to the others before it is answered', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(20_000);
  const before = stage.sent.length;
  stage.nack([symbols(2, 10, 11)]);
  stage.run(100_000);
  const [first] = stage.sent.slice(before);
  assert.ok(first?.message.type === 'repairAdv');
  assert.deepEqual(first.message.repairRequests.length, 1);
});

test('advertisements tell each request once, however many it takes, and a single receiver nothing', () => {
  for (const groupSize of [1, 1000]) {
    const stage = new Stage({ groupSize, grttFloorMicros: 20_000, fec: { scheme: 'none', blockLength: 1 } });
    stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
    // While there is more to send, so that requests are gathered.
    stage.sender.enqueueObject({ source: sourceOf(new Uint8Array(3e6)) });
    stage.run(20_000);
    const items = Array.from({ length: 25 }, (_, index) => {
      return { fecEncodingId: 0, toi: 0, sourceBlockNumber: 2 * index, encodingSymbolId: 0 } as const;
    });
    stage.nack([{ form: 'items', flags: REPAIR_FLAG.segment, items }]);
    stage.run(200_000);
    const told = stage
      .of('repairAdv')
      .flatMap(({ repairRequests }) =>
        repairRequests.flatMap((request) => (request.form === 'items' ? request.items : [])),
      );
    const blocks = told.map(({ sourceBlockNumber }) => sourceBlockNumber);
    assert.deepEqual(blocks, groupSize === 1 ? [] : items.map(({ sourceBlockNumber }) => sourceBlockNumber));
  }
});

test('with feedback by multicast nothing is advertised: the others have heard it themselves', () => {
  const stage = new Stage({ feedback: 'multicast' });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(20_000);
  stage.nack([symbols(2, 10, 11)]);
  stage.run(100_000);
  assert.deepEqual(stage.of('repairAdv'), []);
});

test('what is still to be sent, or does not exist, cannot be asked for', () => {
  const stage = new Stage({ rate: { mode: 'fixed', bytesPerSecond: 100_000 } });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(15_000);
  assert.ok(stage.of('data').length < 20);
  stage.nack([symbols(3, 10), symbols(4_000, 1), symbols(0, 200)]);
  assert.equal(stage.sender.stats.nackIgnoredCount, 1);
  assert.ok(!stage.has('repairRequested'));
});

test('a released object is squelched, once for however many ask', () => {
  const stage = new Stage();
  const toi = stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  const next = stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(50_000);
  stage.sender.releaseObject(toi);
  for (let count = 0; count < 10; count += 1) stage.nack([symbols(0, 10)]);
  stage.run(100_000);
  const squelches = stage.of('squelch');
  assert.deepEqual(
    squelches.map(({ position }) => position.toi),
    [next],
  );
});

test('flushes are robustFactor many and 2 GRTT apart; activity begins them anew', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(500_000);
  const flushes = stage.sent.filter(({ message }) => message.type === 'flush').slice(0, 3);
  assert.equal(flushes.length, 3);
  assert.ok(flushes[1]!.at - flushes[0]!.at >= 2 * stage.sender.stats.grttMicros);
  assert.equal(stage.events.filter(({ type }) => type === 'flushCompleted').length, 1);
  stage.nack([symbols(2, 10)]);
  stage.run(500_000);
  assert.equal(stage.events.filter(({ type }) => type === 'flushCompleted').length, 2);
});

test('a probe ends the batch, so that it leaves at once', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  const batch = new DatagramBatch(16, 2000);
  assert.equal(stage.sender.pollTransmit(stage.now, batch), 1);
  assert.ok(stage.sender.pollTransmit(stage.now + 5000, batch) > 1);
});

test('a receiver that is heard stays known, however many others are made up', () => {
  const stage = new Stage();
  const has = (nodeId: number): boolean => stage.sender.stats.receivers.has(nodeId);
  for (let nodeId = 1; nodeId <= RECEIVERS_TRACKED_MAX; nodeId += 1) stage.answerProbe(nodeId, 500);
  stage.answerProbe(1, 500);
  for (let nodeId = 1; nodeId <= 9; nodeId += 1) stage.answerProbe(RECEIVERS_TRACKED_MAX + nodeId, 500);
  assert.equal(stage.sender.stats.receivers.size, RECEIVERS_TRACKED_MAX);
  assert.deepEqual(
    [has(1), has(2), has(10), has(11), has(RECEIVERS_TRACKED_MAX + 9)],
    [true, false, false, true, true],
  );
});

test('after a time with nothing to send probes are as close together as at the beginning', () => {
  const stage = new Stage({ rate: { mode: 'fixed', bytesPerSecond: 50e3 } }).run(5_200_000);
  const begun = stage.now;
  stage.sender.enqueueObject({ source: sourceOf(CONTENT), info: new Uint8Array() });
  stage.run(90_000);
  const delays = stage.sent
    .filter(({ at, message }) => at >= begun && message.type === 'cc')
    .map(({ at }) => at - begun);
  assert.ok(delays.length >= 3 && delays[0]! <= 10_000, delays.join(' '));
  // Whoever has much to send in small pieces does not probe for each.
  const before = stage.sent.filter(({ message }) => message.type === 'cc').length;
  for (let piece = 0; piece < 100; piece += 1) {
    stage.sender.enqueueObject({ source: sourceOf(CONTENT.subarray(0, 50)), info: new Uint8Array() });
    stage.run(2000);
  }
  const after = stage.sent.filter(({ message }) => message.type === 'cc').length;
  assert.ok(after - before <= 21, `${after - before}`);
});

test('one answer that was late among many raises nothing, and probes go on', () => {
  const stage = new Stage();
  for (let round = 0; round < 20; round += 1) {
    stage.run(100_000);
    stage.answerProbe(21, round % 5 === 3 ? 90_000 : 500);
  }
  assert.ok(stage.sender.stats.grttMicros < 2000);
  const far = new Stage({ grttMicros: 5_000_000 });
  far.sender.enqueueObject({ source: sourceOf(new Uint8Array(2_000_000)), kind: 'data' });
  far.sender.setRate({ mode: 'fixed', bytesPerSecond: 1e6 });
  far.run(1_000_000);
  assert.ok(far.of('cc').length >= 9);
});

test('an aborted transmission ends soon, whatever the GRTT', () => {
  const stage = new Stage({ grttMicros: 5_000_000, robustFactor: 20 });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.sender.abort();
  stage.run(1_500_000);
  assert.ok(stage.has('ended'));
  assert.equal(stage.of('eot').length, 20);
});

test('the end: flush, end of transmission, and then silence', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.sender.end();
  stage.run(2_000_000);
  assert.equal(stage.of('eot').length, 3);
  assert.ok(stage.has('ended'));
  assert.equal(stage.sender.pollTimeout(), undefined);
  const { length } = stage.sent;
  stage.nack([symbols(0, 1)]);
  assert.equal(stage.run(5_000_000).sent.length, length);
});

test('a watermark ends the asking as soon as all have acknowledged', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.sender.requireAcknowledgement([21, 22]);
  stage.run(10_000);
  assert.deepEqual(stage.of('flush')[0]?.acknowledgingNodeIds, [21, 22]);
  stage.acknowledge(21, 4, 9);
  stage.acknowledge(22, 4, 9);
  stage.run(1000);
  assert.ok(stage.has('watermarkCompleted') && stage.has('flushCompleted'));
  assert.deepEqual(
    stage.events.flatMap((event) => (event.type === 'acknowledged' ? [event.nodeId] : [])),
    [21, 22],
  );
});

test('a watermark that nobody answers says who is missing', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.sender.requireAcknowledgement([21]);
  stage.run(1_000_000);
  const completed = stage.events.find((event) => event.type === 'watermarkCompleted');
  assert.deepEqual(completed, { type: 'watermarkCompleted', unacknowledged: [21] });
});

test('paused, nothing but probes is sent; resumed, it goes on where it was', () => {
  const stage = new Stage({ rate: { mode: 'fixed', bytesPerSecond: 100_000 } });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(20_000);
  stage.sender.pause();
  const before = stage.sent.length;
  stage.run(5_000_000);
  assert.ok(stage.typesFrom(before).every((type) => type === 'cc'));
  assert.ok(stage.sent.length > before);
  stage.sender.resume();
  stage.run(5_000_000);
  assert.equal(stage.of('data').length, 50);
});

test('only the ranges are sent unasked, the rest on request; the whole only tells what there is', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT), ranges: [{ offset: 1950, length: 200 }] });
  stage.run(20_000);
  assert.deepEqual(
    stage.of('data').map(({ sourceBlockNumber, encodingSymbolId }) => [sourceBlockNumber, encodingSymbolId]),
    [
      [1, 9],
      [2, 0],
      [2, 1],
    ],
  );
  const before = stage.sent.length;
  const whole = { fecEncodingId: 5, toi: 0, sourceBlockNumber: 0, encodingSymbolId: 0 } as const;
  stage.nack([{ form: 'items', flags: 8, items: [whole] }]);
  stage.run(100_000);
  assert.ok([1, 2].includes(stage.of('data', before).length));
});

test('a source that cannot be read fails its object, and the next one is sent', () => {
  const stage = new Stage();
  const broken = {
    size: 1000,
    read: (): void => {
      throw new Error('disk gone');
    },
  };
  const toi = stage.sender.enqueueObject({ source: broken });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  stage.run(50_000);
  assert.ok(stage.events.some((event) => event.type === 'objectFailed' && event.toi === toi));
  assert.equal(stage.of('data').length, 50);
});

test('an object of 0 bytes is announced by one empty symbol', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(new Uint8Array(0)) });
  stage.run(50_000);
  assert.deepEqual(
    stage.of('data').map(({ payloadLength }) => payloadLength),
    [0],
  );
});

test('the rate is kept, everything counted', () => {
  const stage = new Stage({ rate: { mode: 'fixed', bytesPerSecond: 1e6 } });
  stage.sender.enqueueObject({ source: sourceOf(new Uint8Array(500_000)) });
  stage.run(200_000);
  const { dataBytes, commandBytes } = stage.sender.stats;
  assert.ok(Math.abs(dataBytes + commandBytes - 200_000) < 5000, `${dataBytes + commandBytes}`);
});

test('half an hour of a sender with nothing to do takes milliseconds', () => {
  const stage = new Stage();
  stage.sender.enqueueObject({ source: sourceOf(CONTENT) });
  const startedAt = performance.now();
  stage.run(1800e6);
  assert.ok(performance.now() - startedAt < 2000);
  assert.ok(stage.of('cc').length >= 1800 - 10);
});

test('impossible options and objects are refused', () => {
  assert.throws(() => new Stage({ nodeId: 0 }), RangeError);
  assert.throws(() => new Stage({ symbolSize: 10 }), RangeError);
  assert.throws(() => new Stage({ fec: { scheme: 'none', blockLength: 256 } }), RangeError);
  const stage = new Stage();
  assert.throws(() => stage.sender.enqueueObject({ source: sourceOf(CONTENT), info: new Uint8Array(101) }), RangeError);
  assert.throws(() => stage.sender.requireAcknowledgement([1]), RangeError);
});

/** A sender in the middle of its first pass, to which node 77 reports half of all lost, and node 50 nothing. */
function stageWithStraggler(stragglers: 'serve' | 'serveLast' | 'leave'): Stage {
  const stage = new Stage({ rate: { mode: 'fixed', bytesPerSecond: 2000 }, stragglers });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT), info: new Uint8Array(1) });
  for (let tenths = 0; tenths < 10; tenths += 1) {
    stage.run(100_000);
    stage.answerProbe(50, 1000, 0);
    stage.answerProbe(77, 1000, 0.5);
  }
  return stage.run(10_000);
}

const repairsOf = (stage: Stage, from: number): number[] =>
  stage
    .of('data', from)
    .filter(({ flags }) => (flags & OBJECT_FLAG.repair) !== 0)
    .map(({ sourceBlockNumber }) => sourceBlockNumber);

test('a straggler is told of, and is not served while others are', () => {
  const stage = stageWithStraggler('serveLast');
  assert.deepEqual(
    stage.events.flatMap((event) => (event.type === 'stragglerFound' ? [event.nodeId] : [])),
    [77],
  );
  const before = stage.sent.length;
  stage.nack([symbols(0, 10)]);
  stage.run(500_000);
  assert.deepEqual(repairsOf(stage, before), []);
  stage.nack([symbols(0, 10)], 6, 50);
  stage.run(500_000);
  assert.deepEqual(repairsOf(stage, before), [0]);
});

test('who may be a straggler is put off until that is known, and then served if it is none', () => {
  const stage = new Stage({ rate: { mode: 'fixed', bytesPerSecond: 2000 }, stragglers: 'leave' });
  stage.sender.enqueueObject({ source: sourceOf(CONTENT), info: new Uint8Array(1) });
  stage.run(1_000_000);
  const before = stage.sent.length;
  for (let tenths = 0; tenths < 4; tenths += 1) {
    stage.run(100_000);
    stage.answerProbe(50, 1000, 0);
    stage.answerProbe(77, 1000, tenths < 2 ? 0.5 : 0);
    if (tenths === 1) stage.nack([symbols(0, 10)]);
  }
  stage.run(1_000_000);
  assert.deepEqual(repairsOf(stage, before), []);
  for (let tenths = 0; tenths < 4; tenths += 1) {
    stage.run(100_000);
    stage.answerProbe(77, 1000, 0);
  }
  stage.nack([symbols(0, 10)]);
  stage.run(500_000);
  assert.deepEqual(repairsOf(stage, before), [0]);
  assert.equal(stage.has('stragglerFound'), false);
});

test('served last, a straggler gets what it asks for when all is sent, behind everybody else', () => {
  const stage = stageWithStraggler('serveLast').run(5_000_000);
  const before = stage.sent.length;
  stage.nack([symbols(1, 10, 11, 12), symbols(2, 10, 11, 12)]);
  stage.nack([symbols(3, 10)], 6, 50);
  stage.run(2_000_000);
  const blocks = repairsOf(stage, before);
  assert.equal(blocks[0], 3);
  assert.ok(blocks.includes(1) && blocks.includes(2));
  assert.equal(stage.of('repairAdv', before).length, 1);
});

test('what a straggler was promised and others then took, it asks for again', () => {
  const stage = stageWithStraggler('serveLast').run(5_000_000);
  const before = stage.sent.length;
  // As many as the code has repair symbols.
  stage.nack([symbols(1, 0, 1, 2, 3)]);
  stage.nack([symbols(1, 0, 1)], 6, 50);
  stage.run(5_000_000);
  assert.equal(repairsOf(stage, before).filter((block) => block === 1).length, 4);
  const again = stage.sent.length;
  stage.nack([symbols(1, 0, 1)]);
  stage.run(2_000_000);
  assert.ok(repairsOf(stage, again).length >= 2);
});

test('left to another way, a straggler never holds up the end', () => {
  const stage = stageWithStraggler('leave').run(5_000_000);
  const before = stage.sent.length;
  stage.sender.end();
  while (!stage.has('ended') && stage.now < 60_000_000) {
    stage.nack([symbols(1, 10, 11, 12)]);
    stage.run(20_000);
  }
  assert.equal(stage.has('ended'), true);
  assert.deepEqual(repairsOf(stage, before), []);
});

test('where stragglers are served like everybody, nobody is called one', () => {
  const stage = stageWithStraggler('serve');
  assert.equal(stage.has('stragglerFound'), false);
  const before = stage.sent.length;
  stage.nack([symbols(0, 10)]);
  stage.run(500_000);
  assert.deepEqual(repairsOf(stage, before), [0]);
});
