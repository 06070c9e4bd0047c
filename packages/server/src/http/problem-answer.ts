/** Every error as problem details (RFC 9457). What the server did wrong is logged, and not told. */
import { PROBLEM_CONTENT_TYPE, problemDetails, PROBLEMS, type ProblemCode } from '@rollcall/api';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Problem } from '../core/problem.ts';

function answerProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) void reply.header('retry-after', problem.retryAfterSeconds);
  if (problem.code === 'unauthenticated') void reply.header('www-authenticate', 'Bearer');
  return reply
    .code(PROBLEMS[problem.code].status)
    .type(PROBLEM_CONTENT_TYPE)
    .send(problemDetails(problem.code, problem.message));
}

export function errorHandler(log: Logger) {
  return (error: FastifyError | Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = problemOf(error, request.id);
    if (problem.code === 'internal') {
      const { id: requestId, method } = request;
      log.error({ err: error, requestId, method, url: pathOnly(request) }, 'request failed');
    }
    return answerProblem(reply, problem);
  };
}

/** What is no HTTP, is too large for it, or never came to its end: answered on the socket, for there is no request. */
export function answerBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  const answer = BROKEN[error.code ?? ''] ?? (error.code?.startsWith('HPE_') === true ? NOT_HTTP : undefined);
  // Also a TLS handshake that failed, or did not end: nothing can be said on such a connection.
  if (answer === undefined || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, detail] = answer;
  const body = JSON.stringify(problemDetails(code, detail));
  const head = `HTTP/1.1 ${status}\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
  // Whoever does not take the answer does not keep the connection by it.
  setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return answerProblem(
    reply,
    new Problem('not_found', `${request.method} ${pathOnly(request)} is no operation of this door`),
  );
}

function problemOf(error: FastifyError | Problem, id: string): Problem {
  if (error instanceof Problem) return error;
  const code = CODES[error.code];
  if (code !== undefined) return new Problem(code, WORDS[error.code] ?? error.message);
  if (error.validation !== undefined || (error.statusCode === 400 && error.message !== '')) {
    return new Problem('invalid_request', error.message);
  }
  if (error.statusCode === 429) return new Problem('too_many_requests', error.message);
  if (error.statusCode === 413) return new Problem('too_large', error.message);
  if (error.code === 'ENOSPC' || isDiskFull(error)) {
    return new Problem('no_space', "the server's disk is full: make room and try again");
  }
  return new Problem('internal', `the server could not do this; its log says more, under the id ${id}`);
}

function isDiskFull(error: FastifyError): boolean {
  return /database or disk is full/.test(error.message);
}

function pathOnly(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

const CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_VALIDATION: 'invalid_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_request',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'invalid_request',
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_BAD_URL: 'invalid_request',
};

const WORDS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty; this operation wants JSON',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the body must be JSON, with content-type application/json',
};

type BrokenAnswer = readonly [status: string, code: ProblemCode, detail: string];

const NOT_HTTP: BrokenAnswer = ['400 Bad Request', 'invalid_request', 'this is no HTTP/1.1'];
const BROKEN: Readonly<Record<string, BrokenAnswer>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'too_large', 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'invalid_request', 'the request did not come to its end in time'],
};
const LAST_WORDS_MS = 1000;
