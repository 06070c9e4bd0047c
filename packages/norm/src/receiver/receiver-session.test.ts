import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatagramBatch } from '../batch.ts';
import { SENDERS_MAX } from '../limits.ts';
import { SenderSession } from '../sender/sender-session.ts';
import type { SenderOptions } from '../sender/sender-options.ts';
import { arenaOf } from '../wire/arena.ts';
import { decodeMessage, encodeMessage, type Message } from '../wire/message.ts';

import { OBJECT_FLAG } from '../wire/object-flags.ts';
import { quantizeRtt } from '../wire/quantization.ts';
import type { ReceiverEvent } from './receiver-event.ts';
import type { ReceiverOptions } from './receiver-options.ts';
import { ReceiverSession } from './receiver-session.ts';

const CONTENT = Uint8Array.from({ length: 5000 }, (_, index) => index * 7 + (index >> 8));
const KEY = { senderId: 1, instanceId: 9, toi: 0 };
const GRTT_QUANTIZED = quantizeRtt(10_000);

interface Sent {
  readonly bytes: Uint8Array;
  readonly message: Message;
}

/** What a sender says when nobody answers: the whole transmission of CONTENT in 5 blocks of 10 symbols. */
function transmission(options: Partial<SenderOptions> = {}, contents: readonly Uint8Array[] = [CONTENT]): Sent[] {
  const sender = new SenderSession({
    nodeId: 1,
    instanceId: 9,
    seed: 1,
    rate: { mode: 'fixed', bytesPerSecond: 10e6 },
    symbolSize: 100,
    fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 4, proactiveRepairSymbols: 2 },
    robustFactor: 2,
    ...options,
  });
  for (const content of contents) {
    const read = (offset: number, target: Uint8Array): void =>
      target.set(content.subarray(offset, offset + target.length));
    sender.enqueueObject({ source: { size: content.length, read }, info: Uint8Array.of(4, 2) });
  }
  sender.end();
  const sent: Sent[] = [];
  const batch = new DatagramBatch(16, 9000);
  let now = 1000;
  for (let at: number | undefined = now; at !== undefined; at = sender.pollTimeout()) {
    now = Math.max(now, at);
    batch.clear();
    sender.pollTransmit(now, batch);
    for (let index = 0; index < batch.count; index += 1) {
      const bytes = batch.bytes.slice(batch.offsets[index], batch.offsets[index]! + batch.lengths[index]!);
      sent.push({ bytes, message: decoded(bytes) });
    }
  }
  return sent;
}

function decoded(bytes: Uint8Array): Message {
  const result = decodeMessage(arenaOf(bytes), 0, bytes.length);
  assert.ok(result.ok);
  return result.message;
}

function isData({ message }: Sent, block: number, symbol: number): boolean {
  return message.type === 'data' && message.sourceBlockNumber === block && message.encodingSymbolId === symbol;
}

/** INFO as it is sent to those who asked for it, or with a probe. */
function againAsRepair({ bytes, message }: Sent): Sent {
  assert.ok(message.type === 'info');
  const again = { ...message, flags: message.flags | OBJECT_FLAG.repair };
  const copy = bytes.slice();
  encodeMessage(arenaOf(copy), 0, again);
  return { bytes: copy, message: again };
}

/** A receiver alone, in virtual time, that is told datagrams one by one. */
class Stage {
  readonly receiver: ReceiverSession;
  readonly target = new Uint8Array(CONTENT.length);
  readonly events: ReceiverEvent[] = [];
  readonly sent: { readonly at: number; readonly peer: number; readonly message: Message }[] = [];
  now = 1_000_000;
  readonly nackSizes: number[] = [];
  readonly #heard: DatagramBatch;
  readonly #spoken: DatagramBatch;

  constructor(options: Partial<ReceiverOptions> = {}, datagramSizeMax = 2000) {
    this.#heard = new DatagramBatch(1, datagramSizeMax);
    this.#spoken = new DatagramBatch(8, datagramSizeMax);
    const sink = {
      write: (offset: number, bytes: Uint8Array): void => this.target.set(bytes, offset),
      read: (offset: number, into: Uint8Array): void => into.set(this.target.subarray(offset, offset + into.length)),
    };
    this.receiver = new ReceiverSession({ nodeId: 50, seed: 3, onObject: () => ({ sink }), ...options });
  }

  hear(datagrams: readonly (Sent | Uint8Array)[], stepMicros = 10, waited = 0): this {
    for (const datagram of datagrams) {
      const bytes = datagram instanceof Uint8Array ? datagram : datagram.bytes;
      this.#heard.clear();
      this.#heard.bytes.set(bytes);
      this.#heard.append(bytes.length, 33);
      this.#heard.waited[0] = waited;
      this.receiver.handleDatagrams(this.now, this.#heard);
      this.#poll();
      this.run(stepMicros);
    }
    return this;
  }

  run(micros: number): this {
    const until = this.now + micros;
    for (let at = this.receiver.pollTimeout(); at !== undefined && at <= until; at = this.receiver.pollTimeout()) {
      this.now = Math.max(this.now, at);
      this.receiver.handleTimeout(this.now);
      this.#poll();
    }
    this.now = until;
    return this;
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  get nacks(): Extract<Message, { type: 'nack' }>[] {
    return this.sent.flatMap(({ message }) => (message.type === 'nack' ? [message] : []));
  }

  #poll(): void {
    this.#spoken.clear();
    while (this.receiver.pollTransmit(this.now, this.#spoken) > 0);
    for (let index = 0; index < this.#spoken.count; index += 1) {
      const start = this.#spoken.offsets[index]!;
      const bytes = this.#spoken.bytes.slice(start, start + this.#spoken.lengths[index]!);
      const message = decoded(bytes);
      if (message.type === 'nack') this.nackSizes.push(bytes.length);
      this.sent.push({ at: this.now, peer: this.#spoken.peers[index]!, message });
    }
    for (let event = this.receiver.pollEvent(); event !== undefined; event = this.receiver.pollEvent()) {
      this.events.push(event);
    }
  }
}

test('everything heard: announced, INFO, bytes in place, completed, end', () => {
  const stage = new Stage().hear(transmission());
  assert.deepEqual(stage.target, CONTENT);
  const types = stage.types.filter((type) => type !== 'rangeWritten');
  assert.deepEqual(types, ['senderHeard', 'objectAnnounced', 'infoReceived', 'objectCompleted', 'endOfTransmission']);
  assert.deepEqual(stage.nacks, []);
  assert.deepEqual(stage.receiver.missingRanges(KEY), []);
});

test('what proactive parity mends is not asked for', () => {
  const heard = transmission().filter((sent) => !isData(sent, 1, 3) && !isData(sent, 3, 0) && !isData(sent, 3, 9));
  const stage = new Stage().hear(heard);
  assert.deepEqual(stage.target, CONTENT);
  assert.deepEqual(stage.nacks, []);
  assert.equal(stage.receiver.stats.decodedSymbolCount >= 3, true);
});

test('a loss is asked for once its block has been passed, to the source of the sender, within the back-off', () => {
  const all = transmission({ fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 4 } });
  const untilBlock2 = all.filter(
    ({ message }) => message.type === 'info' || (message.type === 'data' && message.sourceBlockNumber < 2),
  );
  const stage = new Stage().hear(untilBlock2.filter((sent) => !isData(sent, 0, 4)));
  const [first] = stage.sent.filter(({ message }) => message.type === 'nack');
  assert.equal(first, undefined);
  stage.run(100_000);
  const [nack] = stage.sent.filter(({ message }) => message.type === 'nack');
  assert.ok(nack !== undefined && nack.message.type === 'nack');
  assert.equal(nack.peer, 33);
  const [segment] = nack.message.repairRequests;
  assert.deepEqual(segment, {
    form: 'items',
    flags: 1,
    items: [{ fecEncodingId: 5, toi: 0, sourceBlockNumber: 0, encodingSymbolId: 10 }],
  });
});

test('symbols that come before the FTI are of no use yet: INFO, which brings it, is asked for at once', () => {
  const all = transmission();
  const [info] = all.filter(({ message }) => message.type === 'info');
  assert.ok(info?.message.type === 'info' && info.message.oti !== undefined);
  const data = all.filter(({ message }) => message.type === 'data');
  assert.ok(data.every(({ message }) => message.type === 'data' && message.oti === undefined));
  const stage = new Stage().hear(data.slice(0, 1)).run(100_000);
  assert.deepEqual(
    stage.nacks[0]?.repairRequests.map(({ flags }) => flags),
    [4],
  );
  stage.hear([info, ...data]);
  assert.deepEqual(stage.target, CONTENT);
  assert.ok(stage.types.includes('objectCompleted'));
});

test('by multicast where the session says so', () => {
  const stage = new Stage({ feedback: 'multicast' }).hear(
    transmission().filter((sent) => sent.message.type === 'flush'),
  );
  stage.run(100_000);
  assert.ok(stage.sent.some(({ message, peer }) => message.type === 'nack' && peer === 0));
});

test('an object of which only the flush was heard is asked for as a whole', () => {
  const stage = new Stage().hear(transmission().filter(({ message }) => message.type === 'flush'));
  stage.run(100_000);
  const [request] = stage.nacks[0]?.repairRequests ?? [];
  assert.equal(request?.flags, 8);
});

test('objects that were missed entirely are asked for once a later one is heard', () => {
  const all = transmission({}, [CONTENT, CONTENT, CONTENT]);
  const stage = new Stage().hear(all.filter(({ message }) => message.type === 'data' && message.toi !== 1));
  stage.run(100_000);
  const asked = stage.nacks[0]?.repairRequests.find(({ flags }) => flags === 8);
  assert.ok(asked?.form === 'items');
  assert.deepEqual(
    asked.items.map(({ toi }) => toi),
    [1],
  );
});

test('a request that somebody else made is not made again; one for more is', () => {
  const all = transmission({ fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 4 } });
  const heard = all.filter(({ message }) => message.type === 'data' || message.type === 'info');
  for (const [count, isAsking] of [
    [1, true],
    [2, false],
  ] as const) {
    const stage = new Stage();
    stage.hear(
      heard.filter((sent) => !isData(sent, 0, 4) && !isData(sent, 0, 5)),
      0,
    );
    stage.hear([advertisement(count)], 0).run(25_000);
    assert.equal(stage.nacks.length > 0, isAsking);
    assert.equal(stage.receiver.stats.suppressedCount > 0, !isAsking);
  }
});

test('what is passed while it waits to ask for something else has a back-off of its own', () => {
  const all = transmission({ fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 4 } });
  const heard = all.filter(
    (sent) =>
      (sent.message.type === 'data' && !isData(sent, 0, 4) && !isData(sent, 1, 4)) || sent.message.type === 'info',
  );
  const untilSecond = heard.findIndex((sent) => isData(sent, 1, 0)) + 1;
  for (const hasOtherAsked of [false, true]) {
    let atOnce = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const stage = new Stage({ seed });
      stage.hear(heard.slice(0, untilSecond), 0);
      const dueAt = stage.receiver.pollTimeout()!;
      if (hasOtherAsked) stage.hear([advertisement(1)], 0);
      stage
        .run(dueAt - stage.now - 1)
        .hear(heard.slice(untilSecond), 0)
        .run(1);
      if (stage.nacks.length > 0) atOnce += 1;
      stage.run(50_000);
      assert.ok(stage.nacks.length > 0);
    }
    // Where nobody else has asked, it asks for all that it lacks by then; where somebody has, it waits anew.
    assert.ok(hasOtherAsked ? atOnce < 5 : atOnce === 20, `${atOnce}`);
  }
});

function advertisement(count: number): Uint8Array {
  const bytes = new Uint8Array(500);
  const items = Array.from(
    { length: count },
    (_, index) => ({ fecEncodingId: 5, toi: 0, sourceBlockNumber: 0, encodingSymbolId: 10 + index }) as const,
  );
  const end = encodeMessage(arenaOf(bytes), 0, {
    type: 'repairAdv',
    sequence: 5000,
    sourceId: 1,
    instanceId: 9,
    grttQuantized: GRTT_QUANTIZED,
    backoffFactor: 2,
    groupSizeQuantized: 0,
    flags: 0,
    feedback: undefined,
    repairRequests: [{ form: 'items', flags: 1, items }],
  });
  return bytes.slice(0, end);
}

test('what is not answered is asked for again', () => {
  const stage = new Stage().hear(transmission().filter(({ message }) => message.type === 'flush'));
  stage.run(1_000_000);
  assert.ok(stage.nacks.length >= 3);
});

test('a late joiner with policy block asks only for what was sent since', () => {
  const all = transmission({ fec: { scheme: 'reedSolomon', blockLength: 10, repairSymbolCount: 4 } });
  const since = all.filter(
    (sent) => sent.message.type === 'flush' || (sent.message.type === 'data' && sent.message.sourceBlockNumber >= 2),
  );
  const [info] = all.filter(({ message }) => message.type === 'info');
  assert.ok(info !== undefined);
  const heard = [againAsRepair(info), ...since.filter((sent) => !isData(sent, 3, 3))];
  const stage = new Stage({ repairPolicy: 'block' }).hear(heard);
  stage.run(100_000);
  const blocks = stage.nacks.flatMap(({ repairRequests }) =>
    repairRequests.flatMap((request) => (request.form === 'items' && request.flags === 1 ? request.items : [])),
  );
  assert.deepEqual([...new Set(blocks.map(({ sourceBlockNumber }) => sourceBlockNumber))], [3]);
  assert.deepEqual(stage.receiver.missingRanges(KEY)?.[0], { offset: 0, length: 2000 });
});

test('what is held is not asked for and completes with the rest', () => {
  const target = CONTENT.slice();
  target.fill(0, 3000);
  const sink = {
    write: (offset: number, bytes: Uint8Array): void => target.set(bytes, offset),
    read: (offset: number, into: Uint8Array): void => into.set(target.subarray(offset, offset + into.length)),
  };
  const stage = new Stage({ onObject: () => ({ sink, held: [{ offset: 0, length: 3000 }] }) });
  const rest = transmission().filter(({ message }) => message.type !== 'data' || message.sourceBlockNumber >= 3);
  stage.hear(rest);
  assert.deepEqual(target, CONTENT);
  assert.ok(stage.types.includes('objectCompleted'));
  assert.deepEqual(stage.nacks, []);
});

test('missing ranges can be put in by another path, in pieces that fit no symbol', () => {
  const stage = new Stage().hear(
    transmission().filter((sent) => sent.message.type !== 'data' || sent.message.sourceBlockNumber !== 2),
  );
  assert.deepEqual(stage.receiver.missingRanges(KEY), [{ offset: 2000, length: 1000 }]);
  for (let offset = 2000; offset < 3000; offset += 37) {
    assert.ok(stage.receiver.putRange(KEY, offset, CONTENT.subarray(offset, Math.min(3000, offset + 37))));
  }
  stage.run(1);
  assert.deepEqual(stage.receiver.pollEvent()?.type, 'objectCompleted');
  assert.deepEqual(stage.target, CONTENT);
});

test('a range that another path put into the sink is held, and what waited in memory for it is written', () => {
  const isBlock2 = ({ message }: Sent): boolean => message.type === 'data' && message.sourceBlockNumber === 2;
  const heard = transmission().filter((sent) => !isBlock2(sent) || isData(sent, 2, 0) || isData(sent, 2, 7));
  const stage = new Stage().hear(heard.filter(({ message }) => message.type !== 'eot' && message.type !== 'flush'));
  assert.deepEqual(stage.target.subarray(2000, 2100), new Uint8Array(100));
  stage.target.set(CONTENT.subarray(2100, 2700), 2100);
  stage.target.set(CONTENT.subarray(2800, 3000), 2800);
  assert.ok(stage.receiver.holdRange(KEY, { offset: 2100, length: 600 }));
  assert.ok(stage.receiver.holdRange(KEY, { offset: 2800, length: 200 }));
  const written = stage.run(1).events.filter((event) => event.type === 'rangeWritten');
  assert.ok(!stage.receiver.holdRange({ ...KEY, toi: 1 }, { offset: 0, length: 1 }));
  for (let event = stage.receiver.pollEvent(); event !== undefined; event = stage.receiver.pollEvent()) {
    if (event.type === 'rangeWritten') written.push(event);
    else assert.equal(event.type, 'objectCompleted');
  }
  assert.deepEqual(stage.target, CONTENT);
  const block2 = written.filter(({ offset }) => offset >= 2000 && offset < 3000);
  assert.deepEqual(
    block2.map(({ offset, length }) => [offset, length]),
    [
      [2000, 100],
      [2700, 100],
    ],
  );
});

test('a range outside the object is refused', () => {
  const stage = new Stage().hear(transmission().slice(0, 20));
  assert.throws(() => stage.receiver.holdRange(KEY, { offset: 4000, length: 1001 }), RangeError);
  assert.throws(() => stage.receiver.putRange(KEY, -1, Uint8Array.of(1)), RangeError);
});

test('a watermark is acknowledged by who has everything, and only when asked', () => {
  const asking = transmission();
  const flush = asking.find(({ message }) => message.type === 'flush');
  assert.ok(flush?.message.type === 'flush');
  const bytes = new Uint8Array(500);
  const question = bytes.slice(0, encodeMessage(arenaOf(bytes), 0, { ...flush.message, acknowledgingNodeIds: [50] }));
  question.set(bytes.subarray(0, question.length));
  const complete = new Stage().hear(asking.filter(({ message }) => message.type !== 'eot'));
  assert.ok(!complete.sent.some(({ message }) => message.type === 'ack' && message.ackType === 2));
  complete.hear([question]).run(50_000);
  const answer = complete.sent.find(({ message }) => message.type === 'ack' && message.ackType === 2);
  assert.ok(answer?.message.type === 'ack');
  assert.deepEqual(answer.message.position, flush.message.position);
  const lacking = new Stage().hear([question]).run(50_000);
  assert.ok(!lacking.sent.some(({ message }) => message.type === 'ack' && message.ackType === 2));
});

test('a probe is answered, and the answer tells how long it was held', () => {
  const [probe] = transmission();
  assert.ok(probe?.message.type === 'cc');
  const stage = new Stage().hear([probe]).run(100_000);
  const [answer] = stage.sent;
  assert.ok(answer?.message.type === 'ack');
  assert.equal(answer.message.grttResponse - probe.message.sendTime, answer.at - 1_000_000);
});

test('the answer to a probe tells how long it lay in the socket', () => {
  const [probe] = transmission();
  assert.ok(probe);
  const toldOf = (waited: number): number | undefined => {
    const answer = new Stage().hear([probe], 10, waited).run(100_000).sent[0]?.message;
    return answer?.type === 'ack' ? answer.reception?.waitedMicros : undefined;
  };
  assert.equal(toldOf(4800), 4800);
  assert.equal(toldOf(60_000_000), 0xffff * 16);
});

test('a probe is answered although others follow before the back-off is over', () => {
  const bytes = new Uint8Array(500);
  const [first] = transmission({ grttMicros: 1_000_000, groupSize: 100 });
  assert.ok(first?.message.type === 'cc');
  const { message } = first;
  const probe = (sequence: number, sendTime: number): Uint8Array => {
    const end = encodeMessage(arenaOf(bytes), 0, { ...message, sequence, ccSequence: sequence, sendTime });
    return bytes.slice(0, end);
  };
  let answered = 0;
  for (let seed = 0; seed < 20; seed += 1) {
    const stage = new Stage({ seed });
    for (let round = 0; round < 30; round += 1) stage.hear([probe(round, 1000 + round * 100_000)], 100_000);
    answered += stage.sent.length;
  }
  assert.ok(answered >= 20, `${answered}`);
});

test('while data goes on but repair does not come, what was asked for is asked for less and less often', () => {
  const all = transmission({}, [new Uint8Array(50_000)]);
  const sink = { write: (): void => undefined, read: (): void => undefined };
  const isLost = (sent: Sent): boolean => [0, 1, 2, 3].some((symbol) => isData(sent, 0, symbol));
  const stage = new Stage({ onObject: () => ({ sink }) });
  const data = all.filter((sent) => sent.message.type === 'data' && !isLost(sent));
  stage.hear(data, 10_000);
  const times = stage.sent.flatMap(({ at, message }) => (message.type === 'nack' ? [at] : []));
  assert.ok(times.length >= 3 && times.length <= 10, `${times.length}`);
});

test('a silent receiver says nothing, whatever it lacks', () => {
  const stage = new Stage({ silent: true }).hear(transmission().filter((sent) => !isData(sent, 0, 0))).run(1_000_000);
  assert.deepEqual(stage.sent, []);
});

test('squelched objects are given up; what came of them stays', () => {
  const all = transmission();
  const [flush] = all.filter(({ message }) => message.type === 'flush');
  assert.ok(flush?.message.type === 'flush');
  const bytes = new Uint8Array(500);
  const position = { ...flush.message.position, toi: 1, sourceBlockNumber: 0, encodingSymbolId: 0 };
  const end = encodeMessage(arenaOf(bytes), 0, { ...flush.message, type: 'squelch', position, invalidTois: [] });
  const stage = new Stage().hear(
    all.filter(
      ({ message }) => message.type === 'info' || (message.type === 'data' && message.sourceBlockNumber === 0),
    ),
  );
  stage.hear([bytes.slice(0, end)]).run(1_000_000);
  const aborted = stage.events.find((event) => event.type === 'objectAborted');
  assert.equal(aborted?.type === 'objectAborted' && aborted.reason, 'squelched');
  assert.deepEqual(stage.receiver.missingRanges(KEY), [{ offset: 1000, length: 4000 }]);
  assert.deepEqual(stage.nacks, []);
});

test('a sender that starts again is followed once its former life is silent', () => {
  const former = transmission().slice(0, 20);
  const present = transmission({ instanceId: 10 });
  const stage = new Stage().hear(former);
  stage.hear(present.slice(0, 3));
  assert.ok(!stage.types.includes('senderChanged'));
  stage.run(100_000).hear(present);
  assert.ok(stage.types.includes('senderChanged'));
  assert.deepEqual(stage.target, CONTENT);
  const aborted = stage.events.find((event) => event.type === 'objectAborted');
  assert.equal(aborted?.type === 'objectAborted' && aborted.reason, 'senderChanged');
});

test('only the sender that was named is heard, and only that life of it', () => {
  const stage = new Stage({ sender: { nodeId: 1, instanceId: 9 } });
  stage.hear(transmission({ nodeId: 2 })).hear(transmission({ instanceId: 8 }));
  assert.deepEqual(stage.events, []);
  stage.hear(transmission());
  assert.ok(stage.types.includes('objectCompleted'));
});

test('two senders on one group are kept apart', () => {
  const other = CONTENT.map((byte) => byte ^ 0xff);
  const a = transmission();
  const b = transmission({ nodeId: 2 }, [other]);
  const targets = new Map<number, Uint8Array>();
  const stage = new Stage({
    onObject: ({ senderId, size }) => {
      const target = new Uint8Array(size);
      targets.set(senderId, target);
      return { sink: { write: (offset, bytes) => target.set(bytes, offset), read: () => assert.fail() } };
    },
  });
  stage.hear(a.flatMap((sent, index) => [sent, b[index]!]));
  assert.deepEqual(targets.get(1), CONTENT);
  assert.deepEqual(targets.get(2), other);
});

test('no more senders are followed than the limit', () => {
  const stage = new Stage();
  for (let nodeId = 1; nodeId < SENDERS_MAX + 10; nodeId += 1) stage.hear(transmission({ nodeId }).slice(0, 1));
  assert.equal(stage.receiver.stats.senders.size, SENDERS_MAX);
});

test('a sink that fails aborts its object and nothing else', () => {
  const stage = new Stage({
    onObject: () => ({
      sink: {
        write: () => {
          throw new Error('disk full');
        },
        read: () => undefined,
      },
    }),
  });
  stage.hear(transmission());
  const aborted = stage.events.find((event) => event.type === 'objectAborted');
  assert.equal(aborted?.type === 'objectAborted' && aborted.reason, 'sinkFailed');
  assert.ok(stage.types.includes('endOfTransmission'));
});

test('an object that the application fails to begin is aborted, and the next one is received', () => {
  const stage = new Stage({
    onObject: ({ toi }) => {
      if (toi === 0) throw new Error('too many open files');
      return { sink: { write: (offset, bytes) => stage.target.set(bytes, offset), read: () => assert.fail() } };
    },
  });
  stage.hear(transmission({}, [CONTENT, CONTENT]));
  const aborted = stage.events.filter((event) => event.type === 'objectAborted');
  assert.deepEqual(
    aborted.map(({ object, reason }) => [object.toi, reason]),
    [[0, 'sinkFailed']],
  );
  assert.deepEqual(stage.nacks, []);
  assert.deepEqual(stage.target, CONTENT);
});

test('a NACK fits into an ordinary datagram, however large the symbols are', () => {
  const content = new Uint8Array(8000 * 600);
  const fec = { scheme: 'none', blockLength: 2 } as const;
  const datagrams = transmission({ symbolSize: 8000, fec, rate: { mode: 'fixed', bytesPerSecond: 100e6 } }, [content]);
  const sink = { write: (): void => undefined, read: (): void => undefined };
  const stage = new Stage({ onObject: () => ({ sink }) }, 9000);
  const isHeard = ({ message }: Sent): boolean =>
    message.type === 'flush' || (message.type === 'data' && message.encodingSymbolId === message.sourceBlockNumber % 2);
  stage.hear(datagrams.filter(isHeard), 0).run(100_000);
  assert.ok(stage.nackSizes.length > 1);
  assert.ok(Math.max(...stage.nackSizes) <= 1400);
});

test('an object in symbols below the limit is refused before the application hears of it', () => {
  const bytes = new Uint8Array(500);
  const fields = { sequence: 1, sourceId: 1, instanceId: 9, grttQuantized: GRTT_QUANTIZED, backoffFactor: 2 };
  const end = encodeMessage(arenaOf(bytes), 0, {
    type: 'info',
    ...fields,
    groupSizeQuantized: 0,
    flags: 4,
    fecEncodingId: 5,
    toi: 0,
    oti: { transferLength: 1e6, encodingSymbolLength: 1, maximumSourceBlockLength: 1, repairSymbolCount: 0 },
    rateQuantized: undefined,
    content: Uint8Array.of(1),
  });
  const stage = new Stage({ onObject: () => assert.fail('announced') }).hear([bytes.slice(0, end)]).run(0);
  assert.deepEqual(stage.types, ['senderHeard', 'objectRefused']);
});

test('an object that nobody wants is not asked for', () => {
  const stage = new Stage({ onObject: () => undefined }).hear(transmission().filter((sent) => !isData(sent, 0, 0)));
  assert.deepEqual(stage.run(1_000_000).nacks, []);
});

test('random bytes, and messages cut short, do nothing', () => {
  const stage = new Stage();
  const all = transmission();
  for (const { bytes } of all)
    for (let length = 0; length < Math.min(bytes.length, 48); length += 5) stage.hear([bytes.slice(0, length)], 0);
  const noise = Uint8Array.from({ length: 300 }, (_, index) => index * 31);
  stage.hear([noise, new Uint8Array(8), new Uint8Array(0)], 0);
  assert.ok(stage.receiver.stats.malformedCount > 0);
  stage.hear(all);
  assert.deepEqual(stage.target, CONTENT);
});

test('silence of the sender is reported once, and half an hour of it costs nothing', () => {
  const stage = new Stage().hear(transmission().filter(({ message }) => message.type === 'flush'));
  const startedAt = performance.now();
  stage.run(1800e6);
  assert.ok(performance.now() - startedAt < 500);
  assert.equal(stage.types.filter((type) => type === 'senderInactive').length, 1);
  assert.ok(stage.nacks.length < 50);
});
