/** What lies around every handler: the audit log's entry, keys of requests that are asked again, and preconditions. */
import { limits, takesIdempotencyKey, takesIfMatch, type Operation } from '@rollcall/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditCall, AuditLog } from '../audit/audit-log.ts';
import { Problem } from '../core/problem.ts';
import { entityTag, Precondition } from '../store/precondition.ts';
import type { IdempotencyKeys } from './idempotency.ts';

export interface CallPorts {
  readonly audit: AuditLog;
  readonly keys: IdempotencyKeys;
}

/** Answers by the handler, and sets the headers that go with the answer. */
export async function answerCall(
  { audit, keys }: CallPorts,
  operation: Operation,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  caller: AuditCall['caller'],
  handle: () => Promise<unknown>,
): Promise<unknown> {
  const { params, body } = request;
  const audited = () => audit.answering(operation, { source: request.ip, caller, params, body }, handle);
  const ifMatch = request.headers['if-match'];
  const isConditional = ifMatch !== undefined && takesIfMatch(operation);
  const conditional = isConditional ? () => new Precondition(ifMatch).run(audited) : audited;
  const key = takesIdempotencyKey(operation) ? keyOf(request) : undefined;
  if (key === undefined || caller === undefined) return tagged(operation, reply, await conditional());
  const { answer, isRepeated } = await keys.answering(
    { key, callerId: caller.id, operation, params, body },
    conditional,
  );
  if (isRepeated) void reply.header('idempotency-replayed', 'true');
  return tagged(operation, reply, answer);
}

function tagged(operation: Operation, reply: FastifyReply, answer: unknown): unknown {
  if (operation.tagged !== undefined && operation.answer !== undefined) {
    void reply.header('etag', entityTag(operation.tagged, answer as never));
  }
  return answer;
}

/** Printable ASCII, so that it is the same whatever lies between. */
function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  const { IDEMPOTENCY_KEY_LENGTH_MIN: min, IDEMPOTENCY_KEY_LENGTH_MAX: max } = limits;
  if (typeof key === 'string' && /^[\x21-\x7e]*$/.test(key) && key.length >= min && key.length <= max) return key;
  throw new Problem(
    'invalid_request',
    `Idempotency-Key: ${min} to ${max} characters without spaces, new for each request, such as a random UUID`,
  );
}
