/**
 * A TLS connection to a server of which nothing is known but the hash of its certificate authority's public key.
 *
 * The first connection believes nobody and carries no secret: it asks for the authority and the authority's word for
 * this door. Only when the authority's key has the hash that the token carries, and the authority has signed the
 * fingerprint of the certificate that this very connection showed, is that certificate pinned; requests then go over
 * connections that accept no other. So a server with a foreign certificate is checked exactly as one with its own.
 */
import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { dateRefusal } from './date-refusal.ts';

/** Bytes of a trust answer; an authority and a dozen fingerprints are a tenth of it. */
const TRUST_ANSWER_BYTES_MAX = 64 * 1024;

/** A server that does not answer the first question within this time is treated as not there. */
const TRUST_TIMEOUT_MS = 15_000;

/** Why a server is not trusted, or not there. `unreachable` may pass; `untrusted` is final for this token. */
export class PinError extends Error {
  override readonly name = 'PinError';
  readonly code: 'unreachable' | 'untrusted';

  constructor(code: PinError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface TrustAnswer {
  readonly certificateAuthority: string;
  readonly fingerprints: readonly string[];
  readonly signature: string;
}

/** Options for `node:tls`, `node:https` and undici that accept the pinned certificate and no other. */
export interface PinnedTls {
  readonly ca: string[];
  readonly allowPartialTrustChain: true;
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
  readonly minVersion: 'TLSv1.3';
}

export interface PinnedConnection {
  readonly url: URL;
  /** PEM of the authority whose key has the pin. */
  readonly certificateAuthority: string;
  readonly tls: PinnedTls;
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

/**
 * @param pin base64url SHA-256 of the authority's SubjectPublicKeyInfo (DER), as tokens carry it
 * @param trustText the text that the authority signs for a list of fingerprints
 * @throws PinError
 */
export async function connectPinned(
  url: string | URL,
  pin: string,
  trustText: (fingerprints: readonly string[]) => string,
): Promise<PinnedConnection> {
  const target = new URL(url);
  if (target.protocol !== 'https:') throw new PinError('unreachable', `${String(url)} is not an https address`);
  const { certificate, trust } = await askForTrust(target);
  checkTrust(trust, certificate, pin, trustText);
  const refusal = dateRefusal(
    validityOf(new X509Certificate(certificate)),
    validityOf(new X509Certificate(trust.certificateAuthority)),
    Date.now(),
  );
  if (refusal !== undefined) throw new PinError('untrusted', refusal);

  const fingerprint = fingerprintOf(certificate);
  const tls: PinnedTls = {
    ca: [pemOf(certificate)],
    // The leaf itself is the anchor: who issued it does not matter, its fingerprint was endorsed.
    allowPartialTrustChain: true,
    checkServerIdentity: (_host, shown) =>
      fingerprintOf(shown.raw) === fingerprint
        ? undefined
        : new PinError('untrusted', 'the server shows another certificate than a moment ago'),
    minVersion: 'TLSv1.3',
  };
  const dispatcher = new Agent({ connect: endorsedConnector(fingerprint), bodyTimeout: 0, headersTimeout: 120_000 });
  return {
    url: target,
    certificateAuthority: trust.certificateAuthority,
    tls,
    dispatcher,
    close: () => dispatcher.destroy(),
  };
}

/** Accepts the endorsed certificate and no other. Its dates were judged; TLS would judge them by a clock that may say 1970. */
function endorsedConnector(fingerprint: string): buildConnector.connector {
  // A resumed session shows no certificate: each connection makes its own.
  const connectAnyone = buildConnector({ minVersion: 'TLSv1.3', rejectUnauthorized: false, maxCachedSessions: 0 });
  return (target, callback) => {
    connectAnyone(target, (error, socket) => {
      if (error !== null) return callback(error, null);
      const shown = (socket as TLSSocket).getPeerX509Certificate();
      if (shown !== undefined && fingerprintOf(shown.raw) === fingerprint) return callback(null, socket);
      socket.destroy();
      callback(new PinError('untrusted', 'the server shows another certificate than a moment ago'), null);
    });
  };
}

function validityOf({ validFromDate, validToDate }: X509Certificate): { readonly from: number; readonly to: number } {
  return { from: validFromDate.getTime(), to: validToDate.getTime() };
}

/** SHA-256 of a public key in SubjectPublicKeyInfo form, base64url: what tokens carry. */
export function pinOf(certificateAuthority: string): string {
  const spki = createPublicKey(certificateAuthority).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('base64url');
}

function checkTrust(
  trust: TrustAnswer,
  certificate: Uint8Array,
  pin: string,
  trustText: (fingerprints: readonly string[]) => string,
): void {
  let authority: X509Certificate;
  try {
    authority = new X509Certificate(trust.certificateAuthority);
  } catch (cause) {
    throw new PinError('untrusted', 'the server shows no certificate authority', { cause });
  }
  if (pinOf(trust.certificateAuthority) !== pin) {
    throw new PinError(
      'untrusted',
      'the server is not the one that this token is from: its certificate authority has another key',
    );
  }
  const signed = Buffer.from(trustText(trust.fingerprints));
  if (!verify('sha256', signed, authority.publicKey, Buffer.from(trust.signature, 'base64'))) {
    throw new PinError('untrusted', 'the certificate authority has not signed what the server shows');
  }
  if (!trust.fingerprints.includes(fingerprintOf(certificate))) {
    throw new PinError(
      'untrusted',
      'somebody else answers in the place of the server: its certificate is not endorsed',
    );
  }
}

/** One request over a connection that trusts nobody. HTTP/1.1 by hand, so that the certificate and the answer are of one connection. */
async function askForTrust(url: URL): Promise<{ certificate: Uint8Array; trust: TrustAnswer }> {
  const socket = connect({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port === '' ? 443 : url.port),
    ...(/[a-z]/i.test(url.hostname) && !url.hostname.includes(':') ? { servername: url.hostname } : {}),
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    ALPNProtocols: ['http/1.1'],
  });
  try {
    const { certificate, answer } = await answerOf(socket, url);
    return { certificate, trust: parseTrust(answer, url) };
  } finally {
    socket.destroy();
  }
}

function answerOf(socket: TLSSocket, url: URL): Promise<{ certificate: Uint8Array; answer: string }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let certificate: Uint8Array | undefined;
    const fail = (reason: string, cause?: unknown): void => {
      reject(new PinError('unreachable', `${url.origin}: ${reason}`, { cause }));
    };
    socket.setTimeout(TRUST_TIMEOUT_MS, () => fail('no answer in time'));
    socket.on('error', (error) => fail(error.message, error));
    socket.on('secureConnect', () => {
      certificate = socket.getPeerX509Certificate()?.raw;
      socket.write(
        `GET /v1/trust HTTP/1.0\r\nHost: ${url.host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n`,
      );
    });
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > TRUST_ANSWER_BYTES_MAX) fail('the answer is too long to be that of a Rollcall server');
      else chunks.push(chunk);
    });
    socket.on('end', () => {
      if (certificate === undefined) fail('the server shows no certificate');
      else resolve({ certificate, answer: Buffer.concat(chunks).toString('utf8') });
    });
    socket.on('close', () => fail('the connection was closed'));
  });
}

function parseTrust(answer: string, url: URL): TrustAnswer {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  try {
    const parsed = JSON.parse(body) as Partial<TrustAnswer>;
    if (
      status === '200' &&
      typeof parsed.certificateAuthority === 'string' &&
      typeof parsed.signature === 'string' &&
      Array.isArray(parsed.fingerprints) &&
      parsed.fingerprints.every((entry) => typeof entry === 'string')
    ) {
      return parsed as TrustAnswer;
    }
  } catch {
    // Falls through to the one answer for everything that is not ours.
  }
  throw new PinError('unreachable', `${url.origin} does not answer as a Rollcall server (status ${status ?? 'none'})`);
}

function fingerprintOf(certificate: Uint8Array): string {
  return createHash('sha256').update(certificate).digest('hex');
}

function pemOf(certificate: Uint8Array): string {
  const base64 = Buffer.from(certificate)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
