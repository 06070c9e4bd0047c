/** The problems that an operation may answer with, those of every operation included. */
import { takesIdempotencyKey, takesIfMatch, type Operation, type ProblemCode } from '@rollcall/api';

export function problemCodesOf(operation: Operation): readonly ProblemCode[] {
  const { door, method, body, errors = [] } = operation;
  const codes: ProblemCode[] = [...errors, 'invalid_request', 'too_many_requests', 'internal', 'unavailable'];
  if (door !== 'open') codes.push('unauthenticated');
  if (door === 'operator') codes.push('not_allowed', 'cross_site');
  if (door === 'device') codes.push('device_pending', 'certificate_expired', 'certificate_void');
  if (body !== undefined) codes.push('too_large');
  // A change is on disk before it is acknowledged.
  if (method !== 'GET') codes.push('no_space');
  if (takesIfMatch(operation)) codes.push('precondition_failed');
  if (takesIdempotencyKey(operation)) codes.push('idempotency_key_reused', 'idempotency_key_in_use', 'conflict');
  return [...new Set(codes)];
}
