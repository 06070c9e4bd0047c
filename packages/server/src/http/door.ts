/** A door: an HTTPS server (TLS 1.3 only) whose every error is problem details and whose every wait has an end. */
import https from 'node:https';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { limits } from '@rollcall/api';
import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Problem } from '../core/problem.ts';
import { BODY_TIMEOUT_MS, HEADERS_TIMEOUT_MS, IDLE_TIMEOUT_MS } from '../limits.ts';
import { answerNotFound, errorHandler } from './problem-answer.ts';
import { compileValidator } from './validate.ts';

export type DoorTls = SecureContextOptions & Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized'>;

export function createDoor(tls: DoorTls, log: Logger): FastifyInstance {
  const app = fastify({
    serverFactory: (handler) => {
      const server = https.createServer(
        {
          ...tls,
          minVersion: 'TLSv1.3',
          handshakeTimeout: HEADERS_TIMEOUT_MS,
          headersTimeout: HEADERS_TIMEOUT_MS,
          // Bodies have a time limit of their own below: an upload may take hours.
          requestTimeout: 0,
          keepAliveTimeout: IDLE_TIMEOUT_MS,
        },
        handler,
      );
      server.setTimeout(IDLE_TIMEOUT_MS);
      return server;
    },
    bodyLimit: limits.REQUEST_BODY_BYTES_MAX,
    // Ours are at most a selector's length; node's own limit of 16 KiB for all headers comes first.
    routerOptions: { maxParamLength: 512 },
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
    if (body === '') done(null, undefined);
    else void parseJson(request, body as string, done);
  });
  app.setErrorHandler(errorHandler(log));
  app.setNotFoundHandler(answerNotFound);
  app.addHook('onRequest', async (request) => {
    const { raw } = request;
    // Until the request is here to its end: an answer that streams for an hour is not cut off.
    const timer = setTimeout(() => {
      if (!raw.complete && !raw.url?.startsWith('/v1/uploads')) raw.destroy();
    }, BODY_TIMEOUT_MS);
    timer.unref();
    raw.once('close', () => clearTimeout(timer));
  });
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('x-content-type-options', 'nosniff');
  });
  return app;
}

/** For limits of requests: the same words from every door. */
export function tooManyRequests(retryAfterSeconds: number): Problem {
  return new Problem('too_many_requests', `too many requests: try again in ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}
