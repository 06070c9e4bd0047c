import type { FileHandle } from 'node:fs/promises';
import type { ObjectKey } from '@rollcall/norm';
import type { CastProgress, CastReceiveOptions, CastReceiveResult } from './cast-types.ts';
import type { ReceiverProgress, ReceiverSessionEvent } from '../session/session-events.ts';
import type { ReceiverSessionHandle } from '../session/start-receiver-session.ts';
import { randomInt } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CAST_AFTER_END_MS, CAST_LINGER_MS, CAST_STALL_TIMEOUT_MS } from '../limits.ts';
import { overrunNotice } from '../session/overrun-notice.ts';
import { startReceiverSession } from '../session/start-receiver-session.ts';
import { headersOnWireBytes } from '../session/symbol-size.ts';
import { fileError, TransportError } from '../transport-error.ts';
import { CastDigest } from './cast-digest.ts';
import { sanitizeFileName } from './file-name.ts';
import { isIpv6 } from '../udp/endpoint.ts';

/**
 * Receives the first whole file that a sender of the group sends. It is written beside its place under another name and
 * renamed at the end, so that a file of the right name is always whole.
 */
export async function castReceive(
  options: CastReceiveOptions,
  onProgress: (progress: CastProgress) => void = () => undefined,
): Promise<CastReceiveResult> {
  options.signal?.throwIfAborted();
  const isFolder = options.out.endsWith('/') || (await isDirectory(options.out));
  const folder = isFolder ? options.out : dirname(options.out);
  if (!(await isDirectory(folder))) {
    throw new TransportError('file_failed', `there is no folder ${folder}: create it, or name another with --out`);
  }
  const namePrefix = `.cast-${process.pid}-${randomInt(2 ** 32).toString(36)}-`;
  const transfer = new ReceiveTransfer(options, folder, isFolder, namePrefix, onProgress);
  try {
    return await transfer.run();
  } finally {
    await removePartialFiles(folder, namePrefix);
  }
}

interface Incoming {
  readonly key: ObjectKey;
  readonly size: number;
  readonly path: string;
  readonly file: FileHandle;
  readonly digest: CastDigest;
  readonly startedAt: number;
  name: string | undefined;
}

class ReceiveTransfer {
  readonly #options: CastReceiveOptions;
  readonly #folder: string;
  readonly #isFolder: boolean;
  readonly #namePrefix: string;
  readonly #onProgress: (progress: CastProgress) => void;
  readonly #incoming = new Map<string, Promise<Incoming>>();
  readonly #whole = Promise.withResolvers<Incoming>();
  readonly #senderDone = Promise.withResolvers<void>();
  #session: ReceiverSessionHandle | undefined;
  #heardBytes = 0;
  #lastProgressAt = performance.now();
  #sizeOfFirst: number | undefined;
  #isDigesting = false;
  /** Told once: how many more there were is in the result. */
  #hasOverrun = false;
  /** When a sender said goodbye, unless something came after it. */
  #endedAt: number | undefined;

  constructor(
    options: CastReceiveOptions,
    folder: string,
    isFolder: boolean,
    namePrefix: string,
    onProgress: (progress: CastProgress) => void,
  ) {
    this.#options = options;
    this.#folder = folder;
    this.#isFolder = isFolder;
    this.#namePrefix = namePrefix;
    this.#onProgress = onProgress;
  }

  async run(): Promise<CastReceiveResult> {
    const { network, feedback, signal } = this.#options;
    const session = await startReceiverSession(
      {
        network,
        nodeId: randomInt(1, 0xff_ff_ff_fe),
        objects: [],
        unexpected: { folder: this.#folder, namePrefix: this.#namePrefix, areDigested: true },
        ...(feedback && { feedback }),
      },
      { onEvent: (event) => this.#onEvent(event) },
    );
    this.#session = session;
    for (const notice of session.facts.warnings) this.#report(notice);
    const onAbort = (): void =>
      this.#whole.reject(new TransportError('aborted', 'the cast was ended before the file was complete'));
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    session.ended.catch((error: unknown) => this.#whole.reject(error)).finally(() => this.#onEnded());
    const watch = setInterval(() => this.#checkTimeouts(), 250);
    try {
      const incoming = await this.#whole.promise;
      const path = await this.#keep(incoming);
      const seconds = (performance.now() - incoming.startedAt) / 1000;
      this.#isDigesting = true;
      this.#report();
      const sha256 = await incoming.digest.digest(incoming.size);
      await this.#untilSenderIsDone(signal);
      return { ...this.#figures(), bytes: incoming.size, seconds, sha256, path };
    } finally {
      clearInterval(watch);
      signal?.removeEventListener('abort', onAbort);
      await session.close();
      for (const incoming of this.#incoming.values()) await (await incoming.catch(() => undefined))?.file.close();
    }
  }

  #onEvent(event: ReceiverSessionEvent): void {
    switch (event.type) {
      case 'objectAnnounced': {
        const { object, path, announcement } = event;
        if (path === undefined) break;
        this.#sizeOfFirst ??= announcement.size;
        this.#lastProgressAt = performance.now();
        const incoming = openIncoming(object, path, announcement.size);
        incoming.catch((error: unknown) => this.#whole.reject(error));
        this.#incoming.set(nameOf(object), incoming);
        break;
      }
      case 'infoReceived':
        void this.#with(event.object, (incoming) => (incoming.name = sanitizeFileName(event.info)));
        break;
      case 'progress':
        this.#onReceiverProgress(event);
        break;
      case 'objectCompleted':
        void this.#with(event.object, (incoming) => this.#whole.resolve(incoming));
        break;
      case 'objectDigested':
        void this.#with(event.object, (incoming) => incoming.digest.onTold(event.sha256));
        break;
      case 'objectAborted':
        this.#onAborted(event);
        break;
      case 'objectRefused':
        this.#report(`a file was not taken: ${event.reason}`);
        break;
      case 'endOfTransmission':
        this.#senderDone.resolve();
        this.#endedAt = performance.now();
        break;
      case 'networkTrouble':
        if (event.reason !== undefined) this.#report(`requests for repair do not get out: ${event.reason}`);
        break;
      default:
    }
  }

  /** The session's thread tells nothing any more. */
  async #onEnded(): Promise<void> {
    for (const incoming of this.#incoming.values()) (await incoming.catch(() => undefined))?.digest.onTold(undefined);
  }

  #onReceiverProgress(event: ReceiverProgress): void {
    if (event.overrunCount && !this.#hasOverrun) {
      this.#hasOverrun = true;
      this.#report(overrunNotice(event.overrunCount));
    }
    const heardBytes = event.objects.reduce((sum, each) => sum + each.heldBytes, 0);
    if (heardBytes > this.#heardBytes) {
      this.#lastProgressAt = performance.now();
      this.#heardBytes = heardBytes;
      this.#endedAt = undefined;
    }
    for (const each of event.objects) {
      void this.#with(each.object, (incoming) => incoming.digest.advance(each.prefixBytes));
    }
    this.#report();
  }

  #onAborted(event: Extract<ReceiverSessionEvent, { readonly type: 'objectAborted' }>): void {
    const { failure, reason } = event;
    const error = failure
      ? new TransportError(failure.code, failure.message)
      : new TransportError('session_failed', `the file did not become complete: ${ABORT_REASONS[reason]}`);
    this.#whole.reject(error);
  }

  #checkTimeouts(): void {
    const { waitTimeoutMs = Infinity, stallTimeoutMs = Math.min(waitTimeoutMs, CAST_STALL_TIMEOUT_MS) } = this.#options;
    const quietMs = performance.now() - this.#lastProgressAt;
    if (this.#sizeOfFirst === undefined) {
      if (quietMs < waitTimeoutMs) return;
      const message = `no sender was heard for ${waitTimeoutMs / 1000} s. Is it sending to this group, and does multicast get here?`;
      this.#whole.reject(new TransportError('timeout', message));
      return;
    }
    if (this.#endedAt !== undefined && performance.now() - this.#endedAt > CAST_AFTER_END_MS) {
      const message = `the sender ended when ${this.#heardBytes} of ${this.#sizeOfFirst} bytes were here: send it again, or slower`;
      this.#whole.reject(new TransportError('session_failed', message));
      return;
    }
    if (quietMs < stallTimeoutMs) return;
    const here = `nothing new came for ${stallTimeoutMs / 1000} s: ${this.#heardBytes} of ${this.#sizeOfFirst} bytes are here`;
    const cause =
      this.#heardBytes > 0
        ? 'The sender has gone, or the network lets nothing through'
        : 'The sender was heard, but none of its data: where a part of the way takes only shorter packets (its MTU), send with a smaller --symbol';
    this.#whole.reject(new TransportError('timeout', `${here}. ${cause}`));
  }

  /** Puts the whole file under its own name. */
  async #keep(incoming: Incoming): Promise<string> {
    const path = this.#isFolder ? join(this.#folder, incoming.name ?? `object-${incoming.key.toi}`) : this.#options.out;
    try {
      await rename(incoming.path, path);
    } catch (error) {
      throw fileError(`write ${path}`, error);
    }
    return path;
  }

  /** Stays to answer the sender's question whether everything is here, until it says goodbye. */
  async #untilSenderIsDone(signal: AbortSignal | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CAST_LINGER_MS);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#senderDone.promise, patience]);
    clearTimeout(timer);
  }

  #figures() {
    const progress = this.#session?.progress;
    const headers = headersOnWireBytes(isIpv6(this.#options.network.group.address));
    return {
      wireBytes: progress ? progress.byteCount + progress.datagramCount * headers : 0,
      nacks: progress?.nackCount ?? 0,
      repairs: progress?.decodedSymbolCount ?? 0,
      receivers: 1,
      overruns: progress?.overrunCount ?? null,
    };
  }

  async #with(object: ObjectKey, action: (incoming: Incoming) => void): Promise<void> {
    const incoming = await this.#incoming.get(nameOf(object))?.catch(() => undefined);
    if (incoming) action(incoming);
  }

  #report(notice?: string): void {
    this.#onProgress({
      doneBytes: this.#heardBytes,
      totalBytes: this.#sizeOfFirst,
      repairBytes: 0,
      confirmed: 0,
      heard: 0,
      ...(this.#isDigesting && { isDigesting: true }),
      ...(notice !== undefined && { notice }),
    });
  }
}

const ABORT_REASONS = {
  squelched: 'the sender gave it up, or does not have its beginning any more',
  senderChanged: 'the sender started again',
  displaced: 'too many files came at once',
  sinkFailed: 'it could not be written',
} as const;

async function openIncoming(key: ObjectKey, path: string, size: number): Promise<Incoming> {
  const file = await open(path, 'r+');
  return { key, size, path, file, digest: new CastDigest(file), startedAt: performance.now(), name: undefined };
}

async function removePartialFiles(folder: string, namePrefix: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (name.startsWith(namePrefix)) await rm(join(folder, name), { force: true });
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

function nameOf({ senderId, instanceId, toi }: ObjectKey): string {
  return `${senderId} ${instanceId} ${toi}`;
}
