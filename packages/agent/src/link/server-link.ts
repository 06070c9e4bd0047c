import {
  type CheckInAnswer,
  type DeviceEventName,
  type Facts,
  type Heartbeat,
  operations,
  PROTOCOL,
} from '@rollcall/api';
import type { Logger } from 'pino';
import {
  ALREADY_CONNECTED_MILLISECONDS_MAX,
  PENDING_RETRY_MILLISECONDS,
  RECONNECT_MILLISECONDS_MAX,
  RECONNECT_MILLISECONDS_MIN,
} from '../limits.ts';
import { BackOff } from './back-off.ts';
import type { CertificateRenewal } from './certificate-renewal.ts';
import type { DeviceConnection } from './device-connection.ts';
import type { DeviceTrust } from './device-trust.ts';
import { NetworkWatch } from './network-watch.ts';
import { ProblemError } from './problem-error.ts';
import { readEventStream } from './read-event-stream.ts';

/** Why the agent must stop instead of connecting again. */
export interface LinkEnd {
  readonly reason: 'removed' | 'certificate_void' | 'already_connected' | 'protocol_unsupported';
  readonly message: string;
}

export interface ServerLinkOptions {
  readonly connection: DeviceConnection;
  readonly trust: Pick<DeviceTrust, 'newNonce' | 'clock' | 'handleCheckIn'>;
  readonly renewal: Pick<CertificateRenewal, 'isDue' | 'renew'>;
  /** Made anew by each process. */
  readonly instance: string;
  readonly log: Logger;
  readonly facts: () => Promise<Facts>;
  readonly receptions: () => Heartbeat['receptions'];
  readonly onConnected: () => void;
  readonly onDisconnected: () => void;
  readonly onWake: () => void;
  /** The server asks to take part in a probe; with the event's data. */
  readonly onProbe: (data: string) => void;
  readonly onEnd: (end: LinkEnd) => void;
}

/** How soon a device asks again whether the other process with its identity is gone. */
const REFUSED_RETRY_MILLISECONDS = 3000;

/**
 * Keeps this device connected: checks in, listens to the server's events, sends heartbeats, and counts the connection
 * as dead when the server was silent for too long. Comes back by itself, sooner when the network has changed.
 */
export class ServerLink {
  readonly #options: ServerLinkOptions;
  readonly #backOff = new BackOff(RECONNECT_MILLISECONDS_MIN, RECONNECT_MILLISECONDS_MAX, Math.random);
  readonly #watch: NetworkWatch;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  /** Of the connection that is up or being made. */
  #session = new AbortController();
  #isConnected = false;
  /** When the server last showed that it is alive; monotonic milliseconds. */
  #lastHeard = 0;
  #refusedSince: number | undefined;
  /** The server took the certificate for nothing but its renewal. */
  #hasExpired = false;
  #isPending = false;
  #skipWait: (() => void) | undefined;

  constructor(options: ServerLinkOptions) {
    this.#options = options;
    this.#watch = new NetworkWatch(() => this.#onNetworkChange());
    this.#running = this.#run();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.#closing.abort();
    this.#session.abort();
    this.#skipWait?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { connection, log, onEnd, onDisconnected } = this.#options;
    while (!this.#closing.signal.aborted) {
      this.#session = new AbortController();
      let cause: unknown;
      try {
        await this.#serve(this.#session.signal);
      } catch (error) {
        cause = this.#session.signal.aborted ? this.#session.signal.reason : error;
      }
      this.#session.abort();
      connection.reset();
      if (this.#isConnected) {
        this.#isConnected = false;
        onDisconnected();
      }
      if (this.#closing.signal.aborted) return;
      const end = this.#endFor(cause);
      if (end !== undefined) {
        onEnd(end);
        return;
      }
      if (cause instanceof RenewalDue) continue;
      const wait = this.#waitAfter(cause);
      // Said once: it may take an operator days.
      if (!this.#isPending) {
        log.warn({ cause: messageOf(cause), waitMilliseconds: Math.round(wait) }, 'not connected to the server');
      }
      await this.#wait(wait);
    }
  }

  /** One connection, from check-in to its end, which is always an error. */
  async #serve(signal: AbortSignal): Promise<never> {
    const { connection, trust, instance, facts, onConnected, log } = this.#options;
    const nonce = trust.newNonce();
    await this.#renewIfDue(signal);
    const answer = await connection.call(operations.checkIn, {
      body: { protocol: PROTOCOL, instance, facts: await facts(), clock: trust.clock(), nonce },
      signal,
    });
    if (answer.protocol < PROTOCOL.min || answer.protocol > PROTOCOL.max) {
      throw new Error(`the server chose protocol ${answer.protocol}, which this agent does not speak`);
    }
    // Whatever else it says counts only once it has shown that it is the server now.
    await trust.handleCheckIn(answer, nonce);
    const stream = await connection.stream(operations.streamDeviceEvents, {
      query: { instance },
      headers: { accept: 'text/event-stream' },
      signal,
    });
    this.#isConnected = true;
    this.#refusedSince = undefined;
    this.#isPending = false;
    this.#backOff.reset();
    log.info('connected to the server');
    const beats = this.#startBeats(answer);
    try {
      onConnected();
      await readEventStream(
        stream.body,
        () => this.#onSignOfLife(),
        (name, data) => this.#onEvent(name, data),
      );
    } finally {
      beats.stop();
    }
    throw new Error('the server ended the connection');
  }

  async #renewIfDue(signal: AbortSignal): Promise<void> {
    const { renewal, log } = this.#options;
    if (!this.#hasExpired && !renewal.isDue()) return;
    try {
      await renewal.renew(signal);
      this.#hasExpired = false;
    } catch (error) {
      // By this clock alone it was due: the server says whether the certificate is still good.
      if (this.#hasExpired || signal.aborted || isFinal(error)) throw error;
      log.warn({ cause: messageOf(error) }, 'the certificate could not be renewed; trying again later');
    }
  }

  #onSignOfLife(): void {
    this.#lastHeard = performance.now();
  }

  #onEvent(name: DeviceEventName, data: string): void {
    if (name === 'wake') this.#options.onWake();
    if (name === 'probe') this.#options.onProbe(data);
    if (name === 'removed') this.#fail(new ProblemError(403, JSON.stringify({ code: 'device_removed' }), undefined));
    if (name === 'refused') this.#fail(new ProblemError(409, JSON.stringify({ code: 'already_connected' }), undefined));
  }

  /** Heartbeats out, and the watch over the server's. */
  #startBeats({ heartbeatSeconds, silenceSeconds }: CheckInAnswer): { stop(): void } {
    this.#onSignOfLife();
    const beat = setInterval(() => {
      // On a connection of its own, as after a start: nothing is then under way by the old certificate.
      if (this.#options.renewal.isDue()) this.#fail(new RenewalDue());
      else void this.#beat();
    }, heartbeatSeconds * 1000);
    const watch = setInterval(() => {
      const silence = performance.now() - this.#lastHeard;
      if (silence > silenceSeconds * 1000) this.#fail(new Error(`the server was silent for ${silenceSeconds} s`));
    }, 500);
    return {
      stop: () => {
        clearInterval(beat);
        clearInterval(watch);
      },
    };
  }

  async #beat(timeoutMilliseconds?: number): Promise<void> {
    const { connection, instance, receptions } = this.#options;
    const session = this.#session;
    const timeout = timeoutMilliseconds === undefined ? [] : [AbortSignal.timeout(timeoutMilliseconds)];
    try {
      await connection.call(operations.heartbeat, {
        body: { instance, receptions: receptions() },
        signal: AbortSignal.any([session.signal, ...timeout]),
      });
    } catch (error) {
      const isBusy = error instanceof ProblemError && (error.status >= 500 || error.code === 'too_many_requests');
      if (!isBusy) session.abort(error);
    }
  }

  #fail(cause: Error): void {
    this.#session.abort(cause);
  }

  #onNetworkChange(): void {
    this.#options.log.info('the network has changed');
    this.#backOff.reset();
    // An established connection may or may not have survived: a heartbeat with little patience tells.
    if (this.#isConnected) void this.#beat(5000);
    else if (this.#skipWait === undefined) this.#fail(new Error('the network has changed'));
    else this.#skipWait();
  }

  #endFor(cause: unknown): LinkEnd | undefined {
    // Only refusals in a row are those of one and the same other process.
    const isRefused = cause instanceof ProblemError && cause.code === 'already_connected';
    if (!isRefused) this.#refusedSince = undefined;
    if (!(cause instanceof ProblemError)) return undefined;
    if (cause.code === 'device_removed') {
      const message =
        'the server has removed this device. To let it join again, delete its data directory and run "rollcall join" with a new token';
      return { reason: 'removed', message };
    }
    if (cause.code === 'certificate_void') return { reason: 'certificate_void', message: cause.message };
    if (cause.code === 'protocol_unsupported') {
      const message = `agent and server have no protocol in common: update the older of the two (${cause.message})`;
      return { reason: 'protocol_unsupported', message };
    }
    if (!isRefused) return undefined;
    this.#refusedSince ??= performance.now();
    if (performance.now() - this.#refusedSince < ALREADY_CONNECTED_MILLISECONDS_MAX) return undefined;
    const message =
      'another process is connected with the identity of this device. Stop the other one; ' +
      'if this data directory is a copy, delete it and run "rollcall join" with a new token';
    return { reason: 'already_connected', message };
  }

  #waitAfter(cause: unknown): number {
    const code = cause instanceof ProblemError ? cause.code : undefined;
    const wasPending = this.#isPending;
    this.#isPending = code === 'device_pending';
    if (code === 'device_pending') {
      if (!wasPending) this.#options.log.info(messageOf(cause));
      return (cause as ProblemError).retryAfterMilliseconds ?? PENDING_RETRY_MILLISECONDS;
    }
    if (code === 'certificate_expired' && !this.#hasExpired) {
      this.#hasExpired = true;
      return 0;
    }
    return this.#refusedSince === undefined ? this.#backOff.next() : REFUSED_RETRY_MILLISECONDS;
  }

  async #wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#skipWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#skipWait = undefined;
  }
}

/** Nothing that trying again, or another request, could change. */
function isFinal(error: unknown): boolean {
  return error instanceof ProblemError && FINAL.has(error.code ?? '');
}

const FINAL: ReadonlySet<string> = new Set(['device_removed', 'device_pending', 'certificate_void']);

/** Ends a connection that is fine. */
class RenewalDue extends Error {
  override readonly name = 'RenewalDue';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
