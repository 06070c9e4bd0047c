import type { RateSetting, SenderEvent } from '@rollcall/norm';
import type { UdpSocket } from '../udp/udp-socket.ts';
import type { Driver } from './drive-session.ts';
import type { OpenedContent } from './object-content.ts';
import type { SenderConfig, SenderObject } from './session-config.ts';
import type { SenderSessionEvent } from './session-events.ts';
import type { ThreadLink } from './thread-link.ts';
import type { SenderCommand, SenderThreadMessage } from './thread-messages.ts';
import { setPriority } from 'node:os';
import { SenderSession } from '@rollcall/norm';
import { monotonicClock, processMillis } from '../clock.ts';
import {
  BURST_AUTO_MAX_BYTES,
  BURST_MAX_BYTES,
  BURST_MICROS,
  BURST_MIN_BYTES,
  BURST_MIN_MICROS,
  DIGEST_ROUND_BYTES,
  FEEDBACK_INTERVAL_MICROS,
  FRAME_OVERHEAD_BYTES,
  RECEIVED_FEEDBACK_SIZE_MAX_BYTES,
  REPORT_INTERVAL_MICROS,
  SENDER_NICENESS,
  SUPER_PACKET_MICROS_MAX,
} from '../limits.ts';
import { linkSpeedBitsPerSecond } from '../udp/link-speed.ts';
import { resolveInterface } from '../udp/network-interface.ts';
import { openUdpSocket } from '../udp/open-udp-socket.ts';
import { DigestedSource } from './digested-source.ts';
import { driveSession } from './drive-session.ts';
import { failureOf } from './failure.ts';
import { createHugePageCodec } from './huge-page-codec.ts';
import { openContent } from './object-content.ts';
import { postReady } from './post-ready.ts';
import { dataHeadersBytes, datagramSizeMaxOf, headersOnWireBytes, symbolSizeFor } from './symbol-size.ts';
import { isIpv6 } from '../udp/endpoint.ts';

/** Runs a sender session in this thread until it has ended or is told to close. */
export async function runSender(
  config: SenderConfig,
  seed: number,
  link: ThreadLink<SenderThreadMessage>,
): Promise<void> {
  takePrecedence();
  const socket = await openUdpSocket({
    ...config.network,
    role: 'sender',
    hearGroup: config.feedback === 'multicast',
  });
  try {
    const thread = new SenderThread(config, seed, socket, link);
    postReady(link, socket);
    await thread.run();
  } finally {
    socket.close();
  }
}

/** Of this thread alone, where the system lets it: of what it is woken too late for, the link makes nothing good. */
function takePrecedence(): void {
  try {
    setPriority(SENDER_NICENESS);
  } catch {
    // Like everybody, then.
  }
}

class SenderThread implements Driver<SenderEvent> {
  readonly #config: SenderConfig;
  readonly #socket: UdpSocket;
  readonly #link: ThreadLink<SenderThreadMessage>;
  readonly #session: SenderSession;
  readonly #contents = new Map<number, OpenedContent>();
  /** Of these, the ones whose digest is being made. */
  readonly #digested = new Map<number, DigestedSource>();
  readonly #sent = { datagrams: 0, bytes: 0 };
  readonly #symbolSize: number;
  readonly #linkSpeed: number | undefined;
  #rateMaxBitsPerSecond: number | undefined;
  #isAutomatic = false;
  #trouble: string | undefined;
  #nextReportAt = 0;
  #nextFeedbackAt = 0;
  #feedbackReportedAt = 0;
  /** All of an object has been read, and not all of it is hashed: what is left takes less time than to begin anew. */
  #isDigestAwaited = false;
  #isOver = false;

  constructor(config: SenderConfig, seed: number, socket: UdpSocket, link: ThreadLink<SenderThreadMessage>) {
    this.#config = config;
    this.#socket = socket;
    this.#link = link;
    this.#symbolSize = symbolSizeFor({ ...config, isAuthenticated: config.authentication !== undefined });
    this.#linkSpeed = linkSpeedOf(config);
    const { nodeId, instanceId, rateBitsPerSecond, rateMaxBitsPerSecond, fec } = config;
    this.#session = new SenderSession({
      createCodec: createHugePageCodec,
      nodeId,
      instanceId,
      rate: this.#rateSetting(rateBitsPerSecond),
      fec,
      seed,
      symbolSize: this.#symbolSize,
      burst: {
        micros: BURST_MICROS,
        minBytes: BURST_MIN_BYTES,
        maxBytes: rateBitsPerSecond === 'auto' ? BURST_AUTO_MAX_BYTES : BURST_MAX_BYTES,
        minMicros: BURST_MIN_MICROS,
      },
      ...(config.feedback && { feedback: config.feedback }),
      ...(config.grttMicros !== undefined && { grttMicros: config.grttMicros }),
      ...(config.backoffFactor !== undefined && { backoffFactor: config.backoffFactor }),
      ...(config.groupSize !== undefined && { groupSize: config.groupSize }),
      ...(config.robustFactor !== undefined && { robustFactor: config.robustFactor }),
      ...(config.firstToi !== undefined && { firstToi: config.firstToi }),
      ...(config.stragglers && { stragglers: config.stragglers }),
      ...(config.authentication && { authentication: config.authentication }),
    });
    this.#rateMaxBitsPerSecond = rateMaxBitsPerSecond;
    this.#bound(rateBitsPerSecond === 'auto');
    this.#boundBursts();
    for (const object of config.objects) this.#enqueue(object);
  }

  async run(): Promise<void> {
    try {
      await this.#drive();
      for (const toi of this.#digested.keys()) this.#dropDigest(toi);
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
      receiveSizeMaxBytes: RECEIVED_FEEDBACK_SIZE_MAX_BYTES,
      sendSizeMaxBytes: datagramSizeMaxOf(this.#symbolSize),
      sent: this.#sent,
    });
  }

  handleCommands(): void {
    for (let command = this.#link.take(); command !== undefined; command = this.#link.take()) {
      this.#apply(command as SenderCommand);
    }
  }

  handleEvent(event: SenderEvent, now: number): void {
    if (event.type === 'objectFailed') {
      const failure = failureOf(event.cause);
      this.#tell({ type: 'objectFailed', toi: event.toi, failure });
      this.#dropDigest(event.toi);
      return;
    }
    if (event.type === 'ended') {
      this.#isOver = true;
      this.#report(now);
    }
    this.#tell(event);
  }

  handleTimeout(now: number, isBusy: boolean): number {
    this.#isDigestAwaited = this.#digestSome(isBusy);
    if (now >= this.#nextReportAt) this.#report(now);
    return this.#isDigestAwaited ? now : this.#nextReportAt;
  }

  isOver(): boolean {
    return this.#isOver && !this.#isDigestAwaited;
  }

  #closeFiles(): void {
    for (const content of this.#contents.values()) content.close();
  }

  #apply(command: SenderCommand): void {
    const session = this.#session;
    switch (command.type) {
      case 'enqueue':
        this.#enqueue(command.object);
        break;
      case 'release':
        session.releaseObject(command.toi);
        this.#contents.get(command.toi)?.close();
        this.#contents.delete(command.toi);
        this.#dropDigest(command.toi);
        break;
      case 'setRate':
        session.setRate(this.#rateSetting(command.bitsPerSecond));
        this.#bound(command.bitsPerSecond === 'auto');
        this.#boundBursts();
        break;
      case 'setRateMax':
        this.#rateMaxBitsPerSecond = command.bitsPerSecond;
        this.#bound(this.#isAutomatic);
        break;
      case 'pause':
        session.pause();
        break;
      case 'resume':
        session.resume();
        break;
      case 'requireAcknowledgement':
        session.requireAcknowledgement(command.nodeIds);
        break;
      case 'end':
        session.end();
        break;
      case 'abort':
        for (const toi of this.#digested.keys()) this.#dropDigest(toi);
        this.#isDigestAwaited = false;
        session.abort();
        break;
      case 'close':
        this.#isOver = true;
        break;
    }
  }

  #enqueue(object: SenderObject): void {
    const content = openContent(object.content);
    const source = object.isDigested ? new DigestedSource(content.source) : content.source;
    const toi = this.#session.enqueueObject({
      source,
      // An empty INFO where there is nothing to tell: it brings the FTI, which then need not go with every symbol.
      info: object.info ?? new Uint8Array(),
      ...(object.kind && { kind: object.kind }),
      ...(object.ranges && { ranges: object.ranges }),
    });
    this.#contents.set(toi, content);
    if (source instanceof DigestedSource) this.#digested.set(toi, source);
  }

  /** Makes digests while there is time for it. Returns whether one is awaited of what has been read to its end. */
  #digestSome(isBusy: boolean): boolean {
    let isAwaited = false;
    let left = DIGEST_ROUND_BYTES;
    for (const [toi, { digest, readBytes, size }] of this.#digested) {
      left -= digest.catchUp(readBytes, left, isBusy);
      if (digest.isOver) {
        this.#digested.delete(toi);
        this.#tell({ type: 'objectDigested', toi, sha256: digest.digest() });
      } else isAwaited ||= readBytes === size;
    }
    return isAwaited;
  }

  #dropDigest(toi: number): void {
    if (this.#digested.delete(toi)) this.#tell({ type: 'objectDigested', toi, sha256: undefined });
  }

  #report(now: number): void {
    this.#nextReportAt = now + REPORT_INTERVAL_MICROS;
    const { receivers, dataBytes, repairBytes, infoBytes, commandBytes, dataCount, repairCount, ...rest } =
      this.#session.stats;
    const { nackCount, unauthenticatedCount, replayedCount, rollover } = rest;
    const { grttMicros, rateBytesPerSecond, limitingNodeId } = rest;
    this.#tell({
      type: 'progress',
      dataBytes,
      repairBytes,
      infoBytes,
      commandBytes,
      dataCount,
      repairCount,
      nackCount,
      unauthenticatedCount,
      replayedCount,
      rollover,
      grttMicros,
      rateBitsPerSecond: Math.round(rateBytesPerSecond / this.#payloadRate(1)),
      limitingNodeId,
      sentDatagrams: this.#sent.datagrams,
      wireBytes: this.#sent.bytes + this.#sent.datagrams * this.#headersBytes,
      ...this.#socket.counts(),
    });
    this.#boundBursts();
    if (this.#socket.trouble !== this.#trouble) {
      this.#trouble = this.#socket.trouble;
      this.#tell({ type: 'networkTrouble', reason: this.#trouble });
    }
    if (receivers.size > 0 && (now >= this.#nextFeedbackAt || this.#isOver)) {
      this.#nextFeedbackAt = now + FEEDBACK_INTERVAL_MICROS;
      this.#reportFeedback(now);
    }
  }

  /** Of those alone that were heard since the last time: the main thread keeps the others. */
  #reportFeedback(now: number): void {
    const since = this.#feedbackReportedAt;
    this.#feedbackReportedAt = now;
    // Instants of this thread's clock mean nothing in another.
    const timeOf = (instant: number): number => Math.round(processMillis() - (now - instant) / 1000);
    const heard = [...this.#session.stats.receivers].filter(([, { lastHeardAt }]) => lastHeardAt >= since);
    if (heard.length === 0) return;
    const receivers = heard.map(([nodeId, feedback]) => ({
      nodeId,
      address: this.#socket.address(feedback.peer)?.address,
      nackCount: feedback.nackCount,
      symbolsRequested: feedback.symbolsRequested,
      acknowledgementCount: feedback.acknowledgementCount,
      lastHeardAt: timeOf(feedback.lastHeardAt),
      lastNackAt: feedback.lastNackAt === undefined ? undefined : timeOf(feedback.lastNackAt),
      lossRatio: feedback.lossRatio,
    }));
    this.#tell({ type: 'feedback', receivers });
  }

  #rateSetting(bitsPerSecond: number | 'auto'): RateSetting {
    return bitsPerSecond === 'auto'
      ? { mode: 'auto' }
      : { mode: 'fixed', bytesPerSecond: this.#payloadRate(bitsPerSecond) };
  }

  #boundBursts(): void {
    this.#socket.setBurstMax((this.#session.stats.rateBytesPerSecond * SUPER_PACKET_MICROS_MAX) / 1_000_000);
  }

  /** Where nothing else bounds an automatic rate, the sender's own link does. */
  #bound(isAutomatic: boolean): void {
    this.#isAutomatic = isAutomatic;
    const max = this.#rateMaxBitsPerSecond ?? (isAutomatic ? this.#linkSpeed : undefined);
    this.#session.setRateMax(max === undefined ? undefined : this.#payloadRate(max));
  }

  /** UDP payload per second, when full datagrams make up such a rate on the line. */
  #payloadRate(bitsPerSecond: number): number {
    const datagram = this.#symbolSize + dataHeadersBytes(this.#config.authentication !== undefined);
    return (bitsPerSecond / 8) * (datagram / (datagram + this.#headersBytes + FRAME_OVERHEAD_BYTES));
  }

  get #headersBytes(): number {
    return headersOnWireBytes(isIpv6(this.#config.network.group.address));
  }

  #tell(event: SenderSessionEvent): void {
    this.#link.post({ type: 'event', event });
  }
}

function linkSpeedOf({ network }: SenderConfig): number | undefined {
  const family = isIpv6(network.group.address) ? 'IPv6' : 'IPv4';
  return linkSpeedBitsPerSecond(resolveInterface(network.interface, family).name);
}
