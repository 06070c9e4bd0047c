import type { CastProgress, CastResult, CastSendOptions } from './cast-types.ts';
import type { SenderSessionEvent } from '../session/session-events.ts';
import type { SenderSessionHandle } from '../session/start-sender-session.ts';
import { randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  CAST_ACKNOWLEDGE_INTERVAL_MS,
  CAST_CONFIRM_TIMEOUT_MS,
  CAST_GOODBYE_MS,
  CAST_REPAIR_SYMBOLS,
  FEC_SYMBOLS_MAX,
} from '../limits.ts';
import { startSenderSession } from '../session/start-sender-session.ts';
import { fileError, TransportError } from '../transport-error.ts';
import { castBlockLength } from './cast-block-length.ts';
import { CastDigest } from './cast-digest.ts';

/**
 * Sends one file to whoever listens.
 *
 * With `receivers`, it goes on until so many have confirmed: nodes make themselves known by any feedback (RFC 5740
 * §5.1.2: a NACK, or the answer to a GRTT probe), each is then asked to acknowledge the watermark at the end of the file
 * (§5.5), and who has not answered is asked again.
 */
export async function castSend(
  options: CastSendOptions,
  onProgress: (progress: CastProgress) => void = () => undefined,
): Promise<CastResult> {
  options.signal?.throwIfAborted();
  const file = await open(options.file, 'r').catch((error: unknown) => {
    throw fileError(`read ${options.file}`, error);
  });
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new TransportError('file_failed', `${options.file} is not a file: cast sends one file`);
    const digest = new CastDigest(file);
    const transfer = new SendTransfer(options, status.size, digest, onProgress);
    const result = await transfer.run();
    return { bytes: status.size, ...result, sha256: await digest.digest(status.size) };
  } finally {
    await file.close();
  }
}

class SendTransfer {
  readonly #options: CastSendOptions;
  readonly #size: number;
  readonly #digest: CastDigest;
  readonly #onProgress: (progress: CastProgress) => void;
  readonly #heard = new Set<number>();
  readonly #confirmed = new Set<number>();
  #session: SenderSessionHandle | undefined;
  #isSent = false;
  #isEnding = false;
  #isWaiting = false;
  #isDigesting = false;
  #doneBytes = 0;
  #repairBytes = 0;
  #lastSignAt = 0;
  #doneAt: number | undefined;
  #failure: TransportError | undefined;

  constructor(
    options: CastSendOptions,
    size: number,
    digest: CastDigest,
    onProgress: (progress: CastProgress) => void,
  ) {
    this.#options = options;
    this.#size = size;
    this.#digest = digest;
    this.#onProgress = onProgress;
  }

  async run(): Promise<Omit<CastResult, 'bytes' | 'sha256'>> {
    const { network, file, rateBitsPerSecond, rateMaxBitsPerSecond, symbolSize, feedback, signal } = this.#options;
    const started = performance.now();
    // An automatic rate may need all the time that the session's thread has.
    const isDigested = rateBitsPerSecond !== 'auto';
    if (!isDigested) this.#digest.onTold(undefined);
    const session = await startSenderSession(
      {
        network,
        nodeId: randomInt(1, 0xff_ff_ff_fe),
        instanceId: randomInt(0x1_00_00),
        rateBitsPerSecond,
        ...(rateMaxBitsPerSecond !== undefined && { rateMaxBitsPerSecond }),
        fec: fecOf(this.#options),
        objects: [
          { content: { path: file }, info: new TextEncoder().encode(basename(file)), kind: 'file', isDigested },
        ],
        ...(symbolSize !== undefined && { symbolSize }),
        // Few receivers spread their requests over a short time, a single one over none.
        ...(this.#options.receivers !== undefined && { groupSize: Math.max(1, this.#options.receivers) }),
        ...(feedback && { feedback }),
        // There is no other way to them: they have their turn when everybody else is done.
        stragglers: 'serveLast',
      },
      (event) => this.#onEvent(event),
    );
    this.#session = session;
    this.#lastSignAt = performance.now();
    for (const notice of session.facts.warnings) this.#report(notice);
    const onAbort = (): void => this.#fail(new TransportError('aborted', 'the cast was ended before it was complete'));
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    const timer = setInterval(() => this.#askAgain(), CAST_ACKNOWLEDGE_INTERVAL_MS);
    if (this.#options.receivers === undefined) this.#end();
    try {
      await session.ended.finally(() => this.#digest.onTold(undefined));
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', onAbort);
    }
    if (this.#failure) throw this.#failure;
    this.#isDigesting = true;
    this.#report();
    const { progress } = session;
    return {
      // Saying goodbye takes a while longer, for those who did not hear it the first time.
      seconds: ((this.#doneAt ?? performance.now()) - started) / 1000,
      wireBytes: progress?.wireBytes ?? 0,
      nacks: progress?.nackCount ?? 0,
      repairs: progress?.repairCount ?? 0,
      receivers: this.#options.receivers === undefined ? this.#heard.size : this.#confirmed.size,
    };
  }

  #onEvent(event: SenderSessionEvent): void {
    switch (event.type) {
      case 'progress': {
        this.#doneBytes = this.#isSent ? this.#size : Math.min(this.#size, event.dataBytes);
        this.#repairBytes = event.repairBytes;
        this.#digest.advance(this.#doneBytes);
        this.#report();
        break;
      }
      case 'objectDigested':
        this.#digest.onTold(event.sha256);
        break;
      case 'objectSent':
        this.#isSent = true;
        this.#lastSignAt = performance.now();
        break;
      case 'receiverHeard':
        this.#heard.add(event.nodeId);
        this.#lastSignAt = performance.now();
        this.#requireMissing();
        break;
      case 'flushCompleted':
        if (this.#options.receivers === undefined) this.#doneAt = performance.now();
        break;
      case 'repairRequested':
        this.#lastSignAt = performance.now();
        break;
      case 'acknowledged':
        this.#confirmed.add(event.nodeId);
        this.#lastSignAt = performance.now();
        if (this.#confirmed.size >= (this.#options.receivers ?? Infinity)) {
          this.#doneAt ??= performance.now();
          this.#end();
        }
        // Everybody has the file: those who miss a short goodbye only wait a little longer.
        if (this.#isEnding && this.#confirmed.size >= this.#heard.size) {
          setTimeout(() => void this.#session?.close(), CAST_GOODBYE_MS);
        }
        break;
      case 'objectFailed':
        this.#fail(new TransportError(event.failure.code, event.failure.message));
        break;
      case 'breakerChanged':
        this.#report(BREAKER_NOTICES[event.cause ?? 'none']);
        break;
      case 'networkTrouble':
        if (event.reason !== undefined) this.#report(`datagrams are being lost: ${event.reason}`);
        break;
      default:
    }
  }

  #askAgain(): void {
    const { receivers } = this.#options;
    if (receivers === undefined || this.#isEnding) return;
    this.#isWaiting = this.#heard.size < receivers;
    if (this.#isWaiting) this.#report();
    const patienceMs = this.#options.timeoutMs ?? (this.#isSent ? CAST_CONFIRM_TIMEOUT_MS : Infinity);
    // While a file goes out, those who miss nothing of it have nothing to say.
    if ((this.#isSent || this.#heard.size === 0) && performance.now() - this.#lastSignAt > patienceMs) {
      this.#fail(new TransportError('timeout', this.#silence(receivers, patienceMs / 1000)));
      return;
    }
    if (this.#isSent) this.#requireMissing();
  }

  #silence(receivers: number, seconds: number): string {
    if (this.#heard.size === 0) {
      return `0 of ${receivers} receivers were heard in ${seconds} s: start them on this group ("rollcall cast receive"), and see that multicast gets from here to there and UDP back`;
    }
    return `${this.#confirmed.size} of ${receivers} receivers confirmed the file; nothing more was heard for ${seconds} s. Are all of them running, on this group?`;
  }

  #requireMissing(): void {
    if (this.#options.receivers === undefined || this.#isEnding) return;
    const missing = [...this.#heard].filter((nodeId) => !this.#confirmed.has(nodeId));
    if (missing.length > 0) this.#session?.requireAcknowledgement(missing);
  }

  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#session?.end();
  }

  #fail(failure: TransportError): void {
    this.#failure ??= failure;
    this.#isEnding = true;
    this.#session?.abort();
  }

  #report(notice?: string): void {
    this.#onProgress({
      doneBytes: this.#doneBytes,
      totalBytes: this.#size,
      repairBytes: this.#repairBytes,
      confirmed: this.#confirmed.size,
      heard: this.#heard.size,
      ...(this.#isDigesting && { isDigesting: true }),
      ...(this.#isWaiting && { awaited: this.#options.receivers! }),
      ...(notice !== undefined && { notice }),
    });
  }
}

const BREAKER_NOTICES = {
  noFeedback:
    'no receiver answers any more: the rate is down to 10 Mbit/s at most, 1 Mbit/s if any had answered before',
  heavyLoss: 'no receiver gets even half of what is sent: the rate is down to 1 Mbit/s',
  none: 'receivers answer again: the rate is free to rise',
};

function fecOf(options: CastSendOptions) {
  const blockLength = options.blockLength ?? castBlockLength(options);
  const { parity = 'auto' } = options;
  if (!Number.isInteger(blockLength) || blockLength < 1 || blockLength > FEC_SYMBOLS_MAX) {
    throw new TransportError('invalid_option', `a block has 1 to ${FEC_SYMBOLS_MAX} symbols, not ${blockLength}`);
  }
  const unasked = parity === 'auto' ? 0 : parity;
  if (!Number.isInteger(unasked) || unasked < 0 || blockLength + unasked > FEC_SYMBOLS_MAX) {
    throw new TransportError(
      'invalid_option',
      `parity is "auto" or 0 to ${FEC_SYMBOLS_MAX - blockLength} with blocks of ${blockLength}, not ${parity}`,
    );
  }
  const wanted = options.repairSymbolCount ?? Math.max(unasked, CAST_REPAIR_SYMBOLS);
  return {
    scheme: 'reedSolomon',
    blockLength,
    repairSymbolCount: Math.min(wanted, FEC_SYMBOLS_MAX - blockLength),
    proactiveRepairSymbols: parity,
  } as const;
}
