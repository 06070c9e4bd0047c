import { createHash, createPublicKey, type KeyObject, randomBytes, verify, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  DIRECTOR_KEYS_TYPE,
  DirectorKeys,
  type DirectorKey,
  type Envelope,
  isOf,
  SERVER_TIME_TYPE,
  ServerTime,
} from '@rollcall/api';
import type { Logger } from 'pino';
import { type ClockReading, DeviceTime, isTimeToBeKept } from '../core/device-time.ts';
import { openEnvelope, type TrustedKey } from '../core/trust/open-envelope.ts';
import { isMissing, writeFileDurably } from '../storage/durable.ts';

/** What the server says is not signed as it must be. */
class TrustError extends Error {
  override readonly name = 'TrustError';
}

export interface DeviceTrustOptions {
  /** Where it is kept; undefined: nowhere, for whoever only looks. */
  readonly path: string | undefined;
  /** PEM: the authority that this device has pinned. */
  readonly certificateAuthority: string;
  /** Of the device's own certificate: it was later than this when it was issued. */
  readonly certifiedAt: number;
  /** The machine's clock, UTC milliseconds. */
  readonly clock: () => number;
  readonly log: Logger;
}

interface Director {
  readonly envelope: Envelope;
  readonly version: number;
  readonly keys: readonly TrustedKey[];
}

interface Kept {
  readonly director: Envelope;
  readonly serverTime: number;
}

/**
 * What this device trusts beyond a connection: the director's keys, by the word of the authority that it has pinned, and
 * the time, by the word of the director.
 */
export class DeviceTrust {
  readonly #options: DeviceTrustOptions;
  readonly #authority: TrustedKey;
  readonly #time: DeviceTime;
  #director: Director | undefined;
  #keptTime: number | undefined;
  #isClockRight: boolean;

  private constructor(options: DeviceTrustOptions, kept: Kept | undefined) {
    this.#options = options;
    const authority = new X509Certificate(options.certificateAuthority);
    this.#authority = authorityKey(authority.publicKey);
    this.#keptTime = kept?.serverTime;
    const floor = Math.max(options.certifiedAt, authority.validFromDate.getTime(), kept?.serverTime ?? 0);
    this.#time = new DeviceTime({ floor, ceiling: authority.validToDate.getTime() }, this.#read());
    this.#isClockRight = this.#time.isClockPlausible(this.#read());
    if (!this.#isClockRight) this.#warn();
    if (kept !== undefined) this.#director = this.#openDirector(kept.director);
  }

  static async open(options: DeviceTrustOptions): Promise<DeviceTrust> {
    if (options.path === undefined) return new DeviceTrust(options, undefined);
    // One that is there and cannot be read is not lost: with another in its place, its director would be forgotten.
    const text = await readFile(options.path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return '';
      throw error;
    });
    try {
      const parsed = JSON.parse(text) as Kept;
      return new DeviceTrust(options, Number.isSafeInteger(parsed.serverTime) ? parsed : undefined);
    } catch {
      // Not there yet, or damaged: the server says all of it again.
      return new DeviceTrust(options, undefined);
    }
  }

  /** The director's keys; none before the first connection. */
  get directorKeys(): readonly TrustedKey[] {
    return this.#director?.keys ?? [];
  }

  /** What this machine's own clock says, right or wrong. */
  clock(): number {
    return this.#options.clock();
  }

  /** This device's time. */
  now(): number {
    return this.#time.now(this.#read());
  }

  /** It is not earlier than this: once the server has told the time, that. */
  certainTime(): number {
    return this.#time.certain(this.#read());
  }

  /** The clock has jumped since the server last told the time. */
  get isClockDoubtful(): boolean {
    return this.#time.isDoubtful(this.#read());
  }

  /** For one request, whose answer is to bring the time. */
  newNonce(): string {
    return randomBytes(NONCE_BYTES).toString('base64url');
  }

  /** @throws TrustError when it is not what the pinned authority vouches for; then nothing has changed */
  async handleCheckIn(answer: { readonly director: Envelope; readonly time: Envelope }, nonce: string): Promise<void> {
    const director = this.#openDirector(answer.director);
    const known = this.#director;
    // An older list is a replay; its keys may have been withdrawn.
    const isOlder = known !== undefined && director.version < known.version;
    const current = isOlder ? known : director;
    await this.#handleTime(answer.time, nonce, current);
  }

  /** @throws TrustError when it is not the answer to this nonce; then nothing has changed */
  async handleTime(time: Envelope, nonce: string): Promise<void> {
    if (this.#director === undefined) throw new TrustError('the server has not shown the keys of its director');
    await this.#handleTime(time, nonce, this.#director);
  }

  async #handleTime(time: Envelope, nonce: string, director: Director): Promise<void> {
    const opened = openEnvelope(time, SERVER_TIME_TYPE, director.keys);
    if (!opened.ok) throw new TrustError(`the server's time is not to be trusted: ${opened.error.message}`);
    if (!isOf(ServerTime, opened.statement)) throw new TrustError("the server's time is malformed");
    if (opened.statement.nonce !== nonce) throw new TrustError("the server's time is the answer to another question");
    const { serverTime } = opened.statement;
    const isNews = director.envelope.payload !== this.#director?.envelope.payload;
    this.#director = director;
    const { isClockRight } = this.#time.handleTold(serverTime, this.#read());
    if (isClockRight !== this.#isClockRight) {
      this.#isClockRight = isClockRight;
      if (isClockRight) this.#options.log.info("this machine's clock is right again");
      else this.#warn();
    }
    if (isNews || isTimeToBeKept(serverTime, this.#keptTime)) await this.#keep(director.envelope, serverTime);
  }

  async #keep(director: Envelope, serverTime: number): Promise<void> {
    if (this.#options.path === undefined) return;
    try {
      const kept: Kept = { director, serverTime };
      await writeFileDurably(this.#options.path, `${JSON.stringify(kept)}\n`);
      this.#keptTime = serverTime;
    } catch (error) {
      // What the next start knows is then older, and told anew when it connects.
      this.#options.log.warn({ cause: String(error) }, 'the time of the server could not be written down');
    }
  }

  #openDirector(envelope: Envelope): Director {
    const opened = openEnvelope(envelope, DIRECTOR_KEYS_TYPE, [this.#authority]);
    if (!opened.ok) throw new TrustError(`the director's keys are not to be trusted: ${opened.error.message}`);
    if (!isOf(DirectorKeys, opened.statement)) throw new TrustError("the director's keys are malformed");
    const { version, keys } = opened.statement;
    return { envelope, version, keys: keys.map(directorKey) };
  }

  #read(): ClockReading {
    return { clock: this.clock(), monotonic: performance.now() };
  }

  #warn(): void {
    const clock = new Date(this.clock()).toISOString();
    const taken = new Date(this.now()).toISOString();
    this.#options.log.warn(
      { clock, taken },
      "this machine's clock is wrong: the last time of the server is taken instead",
    );
  }
}

function authorityKey(key: KeyObject): TrustedKey {
  const spki = key.export({ type: 'spki', format: 'der' });
  return {
    keyId: `ecdsa-p256-sha256:${createHash('sha256').update(spki).digest('base64url')}`,
    verify: (message, signature) => verify('sha256', message, key, signature),
  };
}

function directorKey({ keyId, publicKey }: DirectorKey): TrustedKey {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'ed25519') throw new TrustError(`the director's key ${keyId} is not of Ed25519`);
  return { keyId, verify: (message, signature) => verify(null, message, key, signature) };
}

const NONCE_BYTES = 24;
