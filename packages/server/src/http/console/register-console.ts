/**
 * The console on the operators' port: files from memory, and its page for every path that is no file's, for the page
 * finds its own way by the path. Open to everybody, for there is nothing in it that is not in the published package.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerNotFound } from '../problem-answer.ts';
import { CONSOLE_PAGE, readConsole, type ConsoleFile, type ConsoleFiles } from './console-files.ts';

/** Nothing from anywhere else, nothing inline, in nobody's frame. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
};

/** Undefined folder: it was not built, and whoever comes is told how to. */
export function registerConsole(app: FastifyInstance, folder: string | undefined): void {
  let files: ConsoleFiles | undefined;
  app.get('/*', async (request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    if (path.startsWith('/v1/') || path === '/v1') return answerNotFound(request, reply);
    if (folder === undefined) return reply.code(503).headers(HEADERS).type('text/plain; charset=utf-8').send(NOT_BUILT);
    files ??= readConsole(folder);
    const file = files.get(path) ?? (isPage(path) ? files.get(CONSOLE_PAGE) : undefined);
    return file === undefined ? answerNotFound(request, reply) : send(request, reply, file);
  });
}

/** What has no extension is a place within the console. */
function isPage(path: string): boolean {
  return !/\.[a-z0-9]{1,5}$/i.test(path) || path.startsWith('/devices/');
}

function send(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  void reply.headers(HEADERS).header('etag', file.etag).header('vary', 'accept-encoding');
  void reply.header('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  const accepted = request.headers['accept-encoding'] ?? '';
  const encoding = (['br', 'gzip'] as const).find((name) => accepted.includes(name) && file.bytes[name] !== undefined);
  if (encoding !== undefined) void reply.header('content-encoding', encoding);
  return reply.type(file.type).send(file.bytes[encoding ?? 'identity']);
}

const NOT_BUILT = `The console of this server was not built; everything else works.

Build it with "npm run build" in the checkout, and start the server again.
`;
