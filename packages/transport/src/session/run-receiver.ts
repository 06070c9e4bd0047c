import type { ObjectAnnouncement, ObjectKey, ObjectReception, ReceiverEvent } from '@rollcall/norm';
import type { UdpSocket } from '../udp/udp-socket.ts';
import type { Driver } from './drive-session.ts';
import type { ReceiverConfig } from './session-config.ts';
import type { ReceiverSessionEvent } from './session-events.ts';
import type { ThreadLink } from './thread-link.ts';
import type { ReceiverCommand, ReceiverThreadMessage } from './thread-messages.ts';
import { join } from 'node:path';
import { ReceiverSession } from '@rollcall/norm';
import { monotonicClock } from '../clock.ts';
import {
  DATAGRAM_SIZE_MAX_IPV6_BYTES,
  DATAGRAM_SIZE_MAX_RECEIVED_BYTES,
  DIGEST_ROUND_BYTES,
  DIGEST_ROUND_BYTES_PER_ROOM,
  FREED_MEMORY_KEPT_BYTES,
  LEAF_KEPT_BYTES_MAX,
  LEAVES_REPORT_BYTES,
  RECEIVE_SLOT_SIZE_BYTES,
  REPORT_INTERVAL_MICROS,
  VERIFY_BUSY_ROUND_BYTES,
  VERIFY_ROUND_BYTES,
} from '../limits.ts';
import { loadLibc } from '../udp/native/libc.ts';
import { M_TRIM_THRESHOLD } from '../udp/native/linux.ts';
import { openUdpSocket } from '../udp/open-udp-socket.ts';
import { driveSession } from './drive-session.ts';
import { failureOf } from './failure.ts';
import { createHugePageCodec } from './huge-page-codec.ts';
import { openFileStore, openMemoryStore } from './object-store.ts';
import { postReady } from './post-ready.ts';
import { PrefixDigest } from './prefix-digest.ts';
import { ReceivedObject } from './received-object.ts';

/** Runs a receiver session in this thread until it is told to close. */
export async function runReceiver(
  config: ReceiverConfig,
  seed: number,
  link: ThreadLink<ReceiverThreadMessage>,
): Promise<void> {
  const socket = await openUdpSocket({ ...config.network, role: 'receiver' });
  if (config.objects.some(({ leaves }) => leaves?.encryption && leaves.leafSize <= LEAF_KEPT_BYTES_MAX))
    keepFreedMemory();
  try {
    await new ReceiverThread(config, seed, socket, link).run();
  } finally {
    socket.close();
  }
}

/** Of this process, from now on; a C library that has no such setting goes on as it does. */
function keepFreedMemory(): void {
  loadLibc()?.mallopt(M_TRIM_THRESHOLD, FREED_MEMORY_KEPT_BYTES);
}

class ReceiverThread implements Driver<ReceiverEvent> {
  readonly #config: ReceiverConfig;
  readonly #socket: UdpSocket;
  readonly #link: ThreadLink<ReceiverThreadMessage>;
  readonly #session: ReceiverSession;
  /** By transport object id: what was announced by the session's own configuration. */
  readonly #expected = new Map<number, ReceivedObject>();
  /** By sender, life and id: what is being received. */
  readonly #objects = new Map<string, ReceivedObject>();
  readonly #digestRoundBytes: number;
  #trouble: string | undefined;
  #nextReportAt = 0;
  #isOver = false;

  constructor(config: ReceiverConfig, seed: number, socket: UdpSocket, link: ThreadLink<ReceiverThreadMessage>) {
    this.#config = config;
    this.#socket = socket;
    this.#link = link;
    this.#digestRoundBytes = Math.min(DIGEST_ROUND_BYTES, socket.roomDatagrams * DIGEST_ROUND_BYTES_PER_ROOM);
    for (const { toi, size, target, held, leaves } of config.objects) {
      const store = target === 'memory' ? openMemoryStore(size) : openFileStore(target.path, size);
      this.#expected.set(toi, new ReceivedObject(store, size, held ?? [], leaves));
    }
    this.#session = new ReceiverSession({
      createCodec: createHugePageCodec,
      nodeId: config.nodeId,
      seed,
      onObject: (announcement) => this.#accept(announcement),
      ...(config.sender && { sender: config.sender }),
      ...(config.repairPolicy && { repairPolicy: config.repairPolicy }),
      ...(config.feedback && { feedback: config.feedback }),
      ...(config.silent !== undefined && { silent: config.silent }),
      ...(config.firstToi !== undefined && { firstToi: config.firstToi }),
      ...(config.authentication && { authentication: config.authentication }),
    });
  }

  async run(): Promise<void> {
    try {
      postReady(this.#link, this.#socket);
      await this.#drive();
    } finally {
      this.#closeFiles();
    }
  }

  #drive(): Promise<void> {
    return driveSession({
      session: this.#session,
      socket: this.#socket,
      clock: monotonicClock,
      driver: this,
      receiveSizeMaxBytes: slotSizeOf(this.#socket),
      sendSizeMaxBytes: DATAGRAM_SIZE_MAX_IPV6_BYTES,
      sent: { datagrams: 0, bytes: 0 },
    });
  }

  handleCommands(): void {
    for (let command = this.#link.take(); command !== undefined; command = this.#link.take()) {
      this.#apply(command as ReceiverCommand);
    }
  }

  handleEvent(event: ReceiverEvent, now: number): void {
    switch (event.type) {
      case 'objectAnnounced': {
        const { object, announcement } = event;
        this.#tell({ type: 'objectAnnounced', object, announcement, path: this.#pathOf(announcement) });
        break;
      }
      case 'rangeWritten':
        this.#objects.get(nameOf(event.object))?.onWritten(event.offset, event.length);
        break;
      case 'objectCompleted': {
        const received = this.#objects.get(nameOf(event.object));
        this.#report(now);
        this.#tell({ type: 'objectCompleted', object: event.object, bytes: received?.store.bytes });
        if (!received) break;
        received.isComplete = true;
        // Its store is needed until the digest is made.
        if (!received.digest && !this.#isExpected(received)) this.#forget(event.object);
        break;
      }
      case 'objectAborted': {
        const { object, reason, cause } = event;
        this.#report(now);
        const failure = cause === undefined ? undefined : failureOf(cause);
        this.#tell({ type: 'objectAborted', object, reason, failure });
        this.#forget(object);
        break;
      }
      case 'objectRefused':
        this.#tell(event);
        this.#forget(event.object);
        break;
      case 'endOfTransmission':
        this.#report(now);
        this.#tell(event);
        break;
      default:
        this.#tell(event);
    }
  }

  handleTimeout(now: number, isBusy: boolean): number | undefined {
    const isBehind = this.#verifySome(isBusy ? VERIFY_BUSY_ROUND_BYTES : VERIFY_ROUND_BYTES);
    const isDigestAwaited = this.#digestSome(isBusy);
    if (now >= this.#nextReportAt) this.#report(now);
    return isBehind || isDigestAwaited ? now : this.#nextReportAt;
  }

  isOver(): boolean {
    return this.#isOver;
  }

  #closeFiles(): void {
    for (const received of new Set([...this.#expected.values(), ...this.#objects.values()])) received.store.close();
  }

  #apply(command: ReceiverCommand): void {
    switch (command.type) {
      case 'markHeld':
        this.#markHeld(command.toi, command.range);
        break;
      case 'setLeafTable':
        this.#expected.get(command.toi)?.verifier?.setTable(command.table);
        break;
      case 'setPieces': {
        const { toi, leaf, symbolSize, hashes } = command;
        const received = this.#expected.get(toi);
        for (const wrong of received?.keepRightPieces(leaf, symbolSize, hashes) ?? []) {
          if (received?.key) this.#session.loseRange(received.key, wrong);
        }
        break;
      }
      case 'missingRanges':
        this.#link.post({ type: 'answer', query: command.query, ranges: this.#missingRanges(command.toi) });
        break;
      case 'close':
        // What waits in memory for the rest of its block is put into the store, so that it need not come again.
        for (const toi of this.#expected.keys()) this.#missingRanges(toi);
        this.#isOver = true;
        this.#drainEvents();
        while (this.#verifySome(VERIFY_ROUND_BYTES)) this.#reportExpected();
        this.#report(monotonicClock.now());
        break;
    }
  }

  /** Bytes that were put into the file by another path, and are right. */
  #markHeld(toi: number, range: { readonly offset: number; readonly length: number }): void {
    const received = this.#expected.get(toi);
    if (!received) return;
    const held = received.onHeld(range);
    if (received.key) this.#session.holdRange(received.key, held);
  }

  #missingRanges(toi: number) {
    const received = this.#expected.get(toi);
    if (!received) return undefined;
    if (received.key) this.#session.missingRanges(received.key);
    this.#drainEvents();
    return received.missingRanges();
  }

  #drainEvents(): void {
    for (let event = this.#session.pollEvent(); event; event = this.#session.pollEvent()) {
      this.handleEvent(event, monotonicClock.now());
    }
  }

  #accept(announcement: ObjectAnnouncement): ObjectReception | undefined {
    const { senderId, instanceId, toi } = announcement;
    const object = { senderId, instanceId, toi };
    const received = this.#expected.has(toi) ? this.#takeExpected(announcement) : this.#takeUnexpected(announcement);
    if (!received) return undefined;
    received.key = object;
    this.#objects.set(nameOf(object), received);
    return { sink: received, held: received.heldRanges() };
  }

  #takeExpected({ senderId, instanceId, toi, size }: ObjectAnnouncement): ReceivedObject | undefined {
    const expected = this.#expected.get(toi);
    if (expected?.size !== size) return undefined;
    const { key } = expected;
    // A new life of its sender goes on with it; that the former one has ended is told only after this.
    const isFree = !key || (key.senderId === senderId && key.instanceId !== instanceId);
    return isFree ? expected : undefined;
  }

  #takeUnexpected(announcement: ObjectAnnouncement): ReceivedObject | undefined {
    const path = this.#pathOf(announcement);
    if (path === undefined) return undefined;
    const { senderId, instanceId, toi, size } = announcement;
    try {
      const received = new ReceivedObject(openFileStore(path, size), size, [], undefined);
      if (this.#config.unexpected?.areDigested) received.digest = new PrefixDigest(received.store, size);
      return received;
    } catch (error) {
      // Anybody can announce an object of an impossible size: that is the end of this object alone.
      const object = { senderId, instanceId, toi };
      this.#tell({ type: 'objectAborted', object, reason: 'sinkFailed', failure: failureOf(error) });
      return undefined;
    }
  }

  #pathOf({ senderId, instanceId, toi }: ObjectAnnouncement): string | undefined {
    const expected = this.#config.objects.find((object) => object.toi === toi);
    if (expected) return expected.target === 'memory' ? undefined : expected.target.path;
    const { unexpected } = this.#config;
    return unexpected && join(unexpected.folder, `${unexpected.namePrefix}${senderId}-${instanceId}-${toi}.part`);
  }

  #isExpected(received: ReceivedObject): boolean {
    return received.key !== undefined && this.#expected.get(received.key.toi) === received;
  }

  /** Nothing more comes of it in this life of its sender. Another one may announce it again, and goes on with it. */
  #forget(object: ObjectKey): void {
    const name = nameOf(object);
    const received = this.#objects.get(name);
    if (!received) return;
    this.#objects.delete(name);
    if (!this.#isExpected(received)) {
      // A part of it could still be sent, and must not meet a closed file.
      this.#session.dropObject(object);
      received.store.close();
    } else if (received.key && nameOf(received.key) === name) received.key = undefined;
  }

  #report(now: number): void {
    this.#nextReportAt = now + REPORT_INTERVAL_MICROS;
    this.#reportExpected();
    const { senders, datagramCount, byteCount, malformedCount, duplicateCount, decodedSymbolCount, ...rest } =
      this.#session.stats;
    const { nackCount, suppressedCount, acknowledgementCount, unauthenticatedCount, replayedCount } = rest;
    const [sender] = senders.values();
    this.#tell({
      type: 'progress',
      objects: [...this.#objects.values()].flatMap((received) => received.progress() ?? []),
      datagramCount,
      byteCount,
      malformedCount,
      unauthenticatedCount,
      replayedCount,
      duplicateCount,
      decodedSymbolCount,
      nackCount,
      suppressedCount,
      acknowledgementCount,
      ...this.#socket.counts(),
      lossRatio: sender?.lossRatio ?? 0,
      recentLossRatio: sender?.recentLossRatio ?? 0,
    });
    if (this.#socket.trouble !== this.#trouble) {
      this.#trouble = this.#socket.trouble;
      this.#tell({ type: 'networkTrouble', reason: this.#trouble });
    }
  }

  /** Verifies a little, so that the socket is read again in time. Returns whether some is left. */
  #verifySome(bytesMax: number): boolean {
    let left = bytesMax;
    let foundBytes = 0;
    let isBehind = false;
    for (const { verifier } of this.#expected.values()) {
      if (!verifier) continue;
      left -= verifier.verify(left);
      foundBytes += verifier.foundBytes;
      isBehind ||= verifier.isBehind;
    }
    if (foundBytes >= LEAVES_REPORT_BYTES) this.#reportExpected();
    return isBehind;
  }

  /** Makes digests while there is time for it. Returns whether a complete object still waits for its own. */
  #digestSome(isBusy: boolean): boolean {
    let left = this.#digestRoundBytes;
    let isAwaited = false;
    for (const received of this.#objects.values()) {
      const { digest, key: object, isComplete } = received;
      if (!digest || !object) continue;
      left -= digest.catchUp(received.prefixBytes, left, isBusy);
      if (!digest.isOver) {
        isAwaited ||= isComplete;
        continue;
      }
      received.digest = undefined;
      this.#tell({ type: 'objectDigested', object, sha256: digest.digest() });
      if (isComplete) this.#forget(object);
    }
    return isAwaited;
  }

  #reportExpected(): void {
    for (const [toi, received] of this.#expected) this.#reportLeaves(toi, received);
  }

  #reportLeaves(toi: number, received: ReceivedObject): void {
    const found = received.takeFindings();
    if (found.verified.length > 0) {
      this.#link.post({ type: 'leavesWritten', toi, leaves: found.verified, bytes: found.verifiedBytes });
    }
    for (const leaf of found.corrupt) this.#tell({ type: 'leafCorrupt', toi, leaf });
  }

  #tell(event: ReceiverSessionEvent): void {
    this.#link.post({ type: 'event', event });
  }
}

/** Super-packets come whole where the socket can take them apart: on loopback that saves a fifth of the processor time. */
function slotSizeOf(socket: UdpSocket): number {
  return socket.implementation === 'native' ? RECEIVE_SLOT_SIZE_BYTES : DATAGRAM_SIZE_MAX_RECEIVED_BYTES;
}

function nameOf({ senderId, instanceId, toi }: ObjectKey): string {
  return `${senderId} ${instanceId} ${toi}`;
}
