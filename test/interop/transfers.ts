/** Whole transfers between our sessions and libnorm's, over the loopback, verified to the last byte. */
import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiverSession, SenderSession } from '@rollcall/norm';
import type { FecSetting, ObjectSink, ObjectSource, ReceiverStats, SenderStats } from '@rollcall/norm';
import type { Endpoint } from '@rollcall/transport';
import { LibnormProcess } from './libnorm-process.ts';
import { startOurSession } from './our-session.ts';
import type { CapturedDatagram } from './pcap.ts';

const SENDER_NODE_ID = 0x0a000001;
const RECEIVER_NODE_ID = 0x0a000002;
const TIMEOUT_MILLIS = 150_000;

export interface Transfer {
  /** Several are sent one after another in one session. */
  readonly objects: readonly Uint8Array[];
  readonly kind: 'file' | 'data';
  readonly symbolSize: number;
  readonly fec: FecSetting;
  /** Each receiver loses so much of what it hears. */
  readonly lossPercent: number;
  readonly megabitsPerSecond: number;
  /** Default: unicast. */
  readonly feedback?: 'unicast' | 'multicast';
  readonly isCapturing?: boolean;
  /** Of our socket. Default: native. */
  readonly implementation?: 'native' | 'portable';
  readonly seed: number;
}

export interface Transferred {
  readonly captured: readonly CapturedDatagram[];
}

/** A group that no other test uses at the same time. */
function freshGroup(): Endpoint {
  return { address: `239.255.${randomInt(256)}.${randomInt(1, 255)}`, port: randomInt(20_000, 30_000) };
}

/** Our sender, libnorm's receiver. */
export async function transferToLibnorm(transfer: Transfer): Promise<Transferred & { readonly stats: SenderStats }> {
  const group = freshGroup();
  using directory = new TemporaryDirectory();
  await using libnorm = await LibnormProcess.start({
    ...group,
    interfaceName: 'lo',
    nodeId: RECEIVER_NODE_ID,
    receiveLossPercent: transfer.lossPercent,
  });
  libnorm.command({
    command: 'startReceiver',
    options: { cacheDirectory: `${directory.path}/`, unicastNack: transfer.feedback !== 'multicast' },
  });
  await libnorm.event('receiverStarted', TIMEOUT_MILLIS);
  const session = ourSender(transfer);
  const ours = await startOurSession({
    session,
    role: 'sender',
    group,
    implementation: transfer.implementation,
    lossFraction: 0,
    isCapturing: transfer.isCapturing ?? false,
    seed: transfer.seed,
    timeoutMillis: TIMEOUT_MILLIS,
    onEvent(event) {
      if (event.type === 'watermarkCompleted') {
        assert.deepEqual(event.unacknowledged, []);
        session.end();
      }
      return event.type === 'ended';
    },
  });
  await ours.ended;
  const completed = await libnorm.eventsOf('rxObjectCompleted', transfer.objects.length, TIMEOUT_MILLIS);
  const digests = completed.map(({ path, dataHex }) =>
    digestOf(path === undefined ? Buffer.from(dataHex ?? '', 'hex') : readFileSync(path)),
  );
  assert.deepEqual(digests.sort(), transfer.objects.map(digestOf).sort());
  return { captured: ours.socket.captured, stats: session.stats };
}

/** libnorm's sender, our receiver. */
export async function transferFromLibnorm(
  transfer: Transfer,
): Promise<Transferred & { readonly stats: ReceiverStats }> {
  const { fec, objects } = transfer;
  assert.ok(fec.scheme === 'reedSolomon' && fec.proactiveRepairSymbols !== 'auto', 'libnorm can do that');
  const group = freshGroup();
  using directory = new TemporaryDirectory();
  const received = new Map<number, MemorySink>();
  const infos: string[] = [];
  const session = ourReceiver(transfer, received);
  await using libnorm = await LibnormProcess.start({ ...group, interfaceName: 'lo', nodeId: SENDER_NODE_ID });
  let isAcknowledged = false;
  let completedCount = 0;
  const ours = await startOurSession({
    session,
    role: 'receiver',
    group,
    implementation: transfer.implementation,
    lossFraction: transfer.lossPercent / 100,
    isCapturing: transfer.isCapturing ?? false,
    seed: transfer.seed,
    timeoutMillis: TIMEOUT_MILLIS,
    onEvent(event) {
      if (event.type === 'infoReceived') infos.push(new TextDecoder().decode(event.info));
      if (event.type === 'objectCompleted') completedCount += 1;
      return false;
    },
    isOver: () => isAcknowledged,
  });
  libnorm.command({
    command: 'startSender',
    options: {
      instanceId: 0x4e52,
      bitsPerSecond: transfer.megabitsPerSecond * 1e6,
      symbolSize: transfer.symbolSize,
      blockLength: fec.blockLength,
      repairSymbolCount: fec.repairSymbolCount,
      proactiveRepairSymbols: fec.proactiveRepairSymbols ?? 0,
      acknowledgingNodeIds: [RECEIVER_NODE_ID],
    },
  });
  for (const [index, bytes] of objects.entries()) {
    const info = infoOf(index);
    if (transfer.kind === 'file') {
      const path = join(directory.path, `${index}`);
      writeFileSync(path, bytes);
      libnorm.command({ command: 'enqueueFile', path, info });
    } else {
      libnorm.command({ command: 'enqueueData', dataHex: Buffer.from(bytes).toString('hex'), info });
    }
  }
  libnorm.command({ command: 'setWatermark' });
  const watermark = libnorm.event('txWatermarkCompleted', TIMEOUT_MILLIS).then((event) => {
    isAcknowledged = true;
    return event;
  });
  const [, event] = await Promise.all([ours.ended, watermark]);
  assert.equal(event.acknowledged, true, "libnorm has our receiver's acknowledgement");
  assert.equal(completedCount, objects.length);
  assert.deepEqual(
    [...received.keys()].sort(byNumber).map((toi) => digestOf(received.get(toi)!.bytes)),
    objects.map(digestOf),
  );
  assert.deepEqual(infos.sort(), objects.map((_, index) => infoOf(index)).sort());
  return { captured: ours.socket.captured, stats: session.stats };
}

/** Our sender, our receiver; what the receiver hears and says is captured. */
export async function transferBetweenOurs(transfer: Transfer): Promise<Transferred> {
  const group = freshGroup();
  const received = new Map<number, MemorySink>();
  const receiver = ourReceiver(transfer, received);
  const sender = ourSender(transfer);
  let isOver = false;
  const common = { group, seed: transfer.seed, timeoutMillis: TIMEOUT_MILLIS, isOver: () => isOver };
  const receiving = await startOurSession({
    ...common,
    session: receiver,
    role: 'receiver',
    lossFraction: transfer.lossPercent / 100,
    isCapturing: transfer.isCapturing ?? false,
    onEvent: () => false,
  });
  const sending = await startOurSession({
    ...common,
    session: sender,
    role: 'sender',
    lossFraction: 0,
    isCapturing: false,
    onEvent(event) {
      if (event.type === 'watermarkCompleted') sender.end();
      if (event.type === 'ended') isOver = true;
      return isOver;
    },
  });
  await Promise.all([receiving.ended, sending.ended]);
  assert.deepEqual(
    [...received.keys()].sort(byNumber).map((toi) => digestOf(received.get(toi)!.bytes)),
    transfer.objects.map(digestOf),
  );
  return { captured: receiving.socket.captured };
}

/** libnorm sends a little under an FEC encoding that we do not know, and our receiver listens for a while. */
export async function hearUnknownEncoding(
  fecEncodingId: number,
): Promise<{ readonly stats: ReceiverStats; readonly eventTypes: readonly string[] }> {
  const group = freshGroup();
  const session = new ReceiverSession({
    nodeId: RECEIVER_NODE_ID,
    seed: fecEncodingId,
    onObject: () => assert.fail('an object of an unknown encoding was announced'),
  });
  const ours = await startOurSession({
    session,
    role: 'receiver',
    group,
    lossFraction: 0,
    isCapturing: false,
    seed: fecEncodingId,
    timeoutMillis: TIMEOUT_MILLIS,
    onEvent: () => false,
    isOver: () => session.stats.malformedCount >= 10,
  });
  await using libnorm = await LibnormProcess.start({ ...group, interfaceName: 'lo', nodeId: SENDER_NODE_ID });
  libnorm.command({
    command: 'startSender',
    options: {
      instanceId: 1,
      bitsPerSecond: 1e6,
      symbolSize: 100,
      blockLength: 10,
      repairSymbolCount: 4,
      fecEncodingId,
    },
  });
  libnorm.command({ command: 'enqueueData', dataHex: Buffer.alloc(1500, 7).toString('hex'), info: infoOf(0) });
  await ours.ended;
  return { stats: session.stats, eventTypes: ours.events.map((event) => event.type) };
}

function ourSender(transfer: Transfer): SenderSession {
  const session = new SenderSession({
    nodeId: SENDER_NODE_ID,
    instanceId: 0x526f,
    seed: transfer.seed,
    rate: { mode: 'fixed', bytesPerSecond: (transfer.megabitsPerSecond * 1e6) / 8 },
    symbolSize: transfer.symbolSize,
    fec: transfer.fec,
    feedback: transfer.feedback ?? 'unicast',
  });
  for (const [index, bytes] of transfer.objects.entries()) {
    session.enqueueObject({
      source: new MemorySource(bytes),
      info: new TextEncoder().encode(infoOf(index)),
      kind: transfer.kind,
    });
  }
  session.requireAcknowledgement([RECEIVER_NODE_ID]);
  return session;
}

function ourReceiver(transfer: Transfer, received: Map<number, MemorySink>): ReceiverSession {
  return new ReceiverSession({
    nodeId: RECEIVER_NODE_ID,
    seed: transfer.seed,
    firstToi: 0,
    feedback: transfer.feedback ?? 'unicast',
    onObject({ toi, size, kind }) {
      assert.equal(kind, transfer.kind);
      const sink = new MemorySink(size);
      received.set(toi, sink);
      return { sink };
    },
  });
}

class MemorySource implements ObjectSource {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.size = bytes.length;
    this.#bytes = bytes;
  }

  read(offset: number, target: Uint8Array): void {
    target.set(this.#bytes.subarray(offset, offset + target.length));
  }
}

class MemorySink implements ObjectSink {
  readonly bytes: Uint8Array;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  write(offset: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, offset);
  }

  read(offset: number, target: Uint8Array): void {
    target.set(this.bytes.subarray(offset, offset + target.length));
  }
}

class TemporaryDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'rollcall-interop-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

function infoOf(index: number): string {
  return `object ${index}`;
}

function digestOf(bytes: Uint8Array): string {
  return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`;
}

function byNumber(a: number, b: number): number {
  return a - b;
}
