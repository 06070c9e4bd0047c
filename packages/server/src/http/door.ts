/** A door: an HTTPS server (TLS 1.3 only) whose every error is problem details and whose every wait has an end. */
import { randomBytes } from 'node:crypto';
import https from 'node:https';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { limits } from '@rollcall/api';
import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Problem } from '../core/problem.ts';
import {
  BODY_TIMEOUT_MS,
  HEADERS_BYTES_MAX,
  HEADERS_COUNT_MAX,
  HEADERS_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  STALL_TIMEOUT_MS,
  TIMEOUTS_LOOKED_AT_MS,
} from '../limits.ts';
import { ConnectionGuard } from './connection-guard.ts';
import { tooHeavy } from './json-weight.ts';
import { answerBroken, answerNotFound, errorHandler } from './problem-answer.ts';
import { SlowClients } from './slow-clients.ts';
import { compileValidator } from './validate.ts';

export type DoorTls = SecureContextOptions & Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized'>;

/** How long a door waits for its clients. */
export interface Patience {
  /** For the TLS handshake, and for a request's headers. */
  readonly headersMs: number;
  /** For its body, unless that is an upload. */
  readonly bodyMs: number;
  /** For anything at all. */
  readonly idleMs: number;
  /** For a reader to take something of what lies ready. */
  readonly stallMs: number;
  /** How often that is looked after. */
  readonly lookMs: number;
}

const PATIENCE: Patience = {
  headersMs: HEADERS_TIMEOUT_MS,
  bodyMs: BODY_TIMEOUT_MS,
  idleMs: IDLE_TIMEOUT_MS,
  stallMs: STALL_TIMEOUT_MS,
  lookMs: TIMEOUTS_LOOKED_AT_MS,
};

export interface Door {
  readonly app: FastifyInstance;
  readonly slowClients: SlowClients;
  readonly guard: ConnectionGuard;
}

export function createDoor(tls: DoorTls, log: Logger, patience: Patience = PATIENCE): Door {
  let slowClients: SlowClients | undefined;
  let guard: ConnectionGuard | undefined;
  const app = fastify({
    serverFactory: (handler) => {
      const server = https.createServer(
        {
          ...tls,
          ...doorContext(tls),
          handshakeTimeout: patience.headersMs,
          headersTimeout: patience.headersMs,
          connectionsCheckingInterval: patience.lookMs,
          maxHeaderSize: HEADERS_BYTES_MAX,
          // Bodies have a time limit of their own below: an upload may take hours.
          requestTimeout: 0,
          keepAliveTimeout: patience.idleMs,
        },
        handler,
      );
      server.setTimeout(patience.idleMs);
      server.maxHeadersCount = HEADERS_COUNT_MAX;
      guard = new ConnectionGuard(server);
      slowClients = new SlowClients(server, patience);
      return server;
    },
    bodyLimit: limits.REQUEST_BODY_BYTES_MAX,
    // Ours are at most a selector's length; node's own limit of 16 KiB for all headers comes first.
    routerOptions: { maxParamLength: 512 },
    genReqId: () => randomBytes(6).toString('hex'),
    clientErrorHandler: answerBroken,
    forceCloseConnections: true,
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => void errorHandler(log)(error, request as never, reply as never),
  });
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Clients that name the type of a body that is not there mean no harm.
    const heavy = tooHeavy(body as string);
    if (body === '') done(null, undefined);
    else if (heavy !== undefined) done(new Problem('too_large', heavy));
    else void parseJson(request, body as string, done);
  });
  app.setErrorHandler(errorHandler(log));
  app.setNotFoundHandler(answerNotFound);
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request;
    // RFC 9112 §3.2: to one reader on the way it is a request for this host, to the next for another.
    if ((raw.headersDistinct['host']?.length ?? 0) > 1) {
      void reply.header('connection', 'close');
      throw new Problem('invalid_request', 'the request has more than one Host header: send one');
    }
    // Until the request is here to its end: an answer that streams for an hour is not cut off. Only an upload that was let in
    // may take longer; its path says nothing, for anybody can name it.
    const timer = setInterval(() => {
      if (raw.complete) clearInterval(timer);
      else if (slowClients?.isUploading(raw.socket) !== true) raw.destroy();
    }, patience.bodyMs);
    timer.unref();
    raw.once('close', () => clearInterval(timer));
  });
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('x-content-type-options', 'nosniff');
  });
  if (slowClients === undefined || guard === undefined) throw new Error('the door has no server');
  return { app, slowClients, guard };
}

/** What a door's context is made of, at the start and whenever its certificate is renewed. */
export function doorContext({ cert, key, ca }: SecureContextOptions): SecureContextOptions {
  return { cert, key, ca, minVersion: 'TLSv1.3' };
}

/** For limits of requests: the same words from every door. */
export function tooManyRequests(retryAfterSeconds: number): Problem {
  return new Problem('too_many_requests', `too many requests: try again in ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}
