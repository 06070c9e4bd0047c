/**
 * One attempt to deliver a message. A name is looked up for this one connection, and what it is connected to is one of the
 * addresses that were checked: a name that means something else a moment later changes nothing. No redirect is followed.
 */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { limits } from '@rollcall/api';
import { WEBHOOK_ANSWER_MS_MAX } from '../limits.ts';
import type { AllowedAddresses } from './allowed-addresses.ts';
import { literalOf, refusal } from './check-webhook-url.ts';
import { parseRetryAfter, type Attempt } from './judge-attempt.ts';
import type { LookupName } from './name-lookup.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowed: AllowedAddresses;
  readonly timeoutMs: number;
  /** Ends it at once; then nothing is known of how it went. */
  readonly signal: AbortSignal;
  readonly lookup: LookupName;
}

export type Posted = Omit<Attempt, 'at'>;

export async function postMessage(post: Post): Promise<Posted> {
  const begun = performance.now();
  const timeout = AbortSignal.timeout(post.timeoutMs);
  const outcome = await send(post, AbortSignal.any([post.signal, timeout])).then(readAnswer, (error: unknown) => {
    const words = timeout.aborted ? `no answer within ${post.timeoutMs / 1000} s` : wordsOf(error as Error);
    return { status: null, answer: null, error: words.slice(0, limits.MESSAGE_LENGTH_MAX), retryAfterMs: undefined };
  });
  return { ...outcome, durationMs: Math.round(performance.now() - begun) };
}

async function send({ url, headers, body, allowed, lookup }: Post, signal: AbortSignal): Promise<IncomingMessage> {
  const target = new URL(url);
  const { protocol } = target;
  const literal = literalOf(target);
  if (literal !== undefined && !allowed.allows(literal, protocol)) throw new Error(refusal(target.hostname, protocol));
  const isAllowed = (address: string) => allowed.allows(address, protocol);
  const { request } = protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(target, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Rollcall',
      },
      lookup: lookupAllowed(lookup, isAllowed, (where) => new Error(refusal(where, protocol))),
      // A connection of its own: one that is kept may be closed by the other side in the moment of its use.
      agent: false,
      signal,
    });
    sent.once('response', resolve);
    // Also after the answer: by then nobody waits for it any more.
    sent.on('error', reject);
    sent.end(body);
  });
}

async function readAnswer(message: IncomingMessage): Promise<Omit<Posted, 'durationMs'>> {
  const { statusCode: status = 0, headers } = message;
  const answer = await beginningOf(message);
  const isTaken = status >= 200 && status < 300;
  const isRedirect = status >= 300 && status < 400;
  const error = isRedirect ? `answered ${status}: redirects are not followed` : `answered ${status}`;
  const retryAfterMs = parseRetryAfter(headers['retry-after'], Date.now());
  return { status, answer, error: isTaken ? null : error, retryAfterMs };
}

/** The rest may be endless, or never come. */
async function beginningOf(message: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => message.destroy(), WEBHOOK_ANSWER_MS_MAX);
  try {
    for await (const piece of message as AsyncIterable<Buffer>) {
      pieces.push(piece);
      size += piece.length;
      if (size >= limits.WEBHOOK_ANSWER_LENGTH_MAX) break;
    }
  } catch {
    // What it is worth is in the status, which is here.
  } finally {
    clearTimeout(timer);
    message.destroy();
  }
  const text = Buffer.concat(pieces).subarray(0, limits.WEBHOOK_ANSWER_LENGTH_MAX).toString('utf8');
  // A terminal that shows it is not to be told anything by it.
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '\u{fffd}').toWellFormed();
}

/** What a name means, without the addresses that are not allowed. */
function lookupAllowed(
  lookup: LookupName,
  isAllowed: (address: string) => boolean,
  refused: (where: string) => Error,
): LookupFunction {
  return (hostname, options, callback) => {
    const found = lookup(hostname).then((addresses) => {
      const good = addresses.filter(({ address }) => isAllowed(address));
      if (good.length === 0) throw refused(`${hostname} (${addresses[0]?.address ?? 'without an address'})`);
      return good;
    });
    found.then(
      (good) => (options.all === true ? callback(null, good) : callback(null, good[0]!.address, good[0]!.family)),
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };
}

/** Of several addresses that all failed, Node.js says it in a code alone. */
function wordsOf({ message, code }: NodeJS.ErrnoException): string {
  return message === '' ? (code ?? 'the connection failed') : message;
}
