/** An operation of the API: its schema is the contract. The server validates by it, clients infer their types from it. */
import type { Static, TSchema } from 'typebox';
import type { ProblemCode } from '../errors.ts';
import type { Role } from '../schemas/credentials.ts';

export interface Operation<
  Params extends TSchema | undefined = TSchema | undefined,
  Query extends TSchema | undefined = TSchema | undefined,
  Body extends TSchema | undefined = TSchema | undefined,
  Answer extends TSchema | undefined = TSchema | undefined,
> {
  readonly id: string;
  readonly summary: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `:name` for parameters. */
  readonly path: string;
  /**
   * `operator`: bearer token, or the cookie of a sign-in, and at least this role. `device`: client certificate, on the
   * devices' port. `open`: nothing, on the operators' port.
   */
  readonly door: 'operator' | 'device' | 'open';
  readonly role?: Role;
  /**
   * Fields of the body that the audit log keeps, never a secret; `false`: the operation changes nothing. Whatever else is
   * no GET of operators is audited; operations of devices are if they have this field.
   */
  readonly audited?: readonly string[] | false;
  /** What the parameter `id` names: an operator with a scope may name only what lies within it. */
  readonly subject?: 'device' | 'task' | 'join-token';
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** JSON answer; absent: no content (204), or a stream. */
  readonly answer?: Answer;
  /** Media type of an answer that is no JSON. */
  readonly stream?: 'text/event-stream' | 'application/jsonl' | 'application/octet-stream';
  /** A `Range` of it may be asked for (RFC 9110 §14). */
  readonly isRanged?: true;
  /** Its answer has an `ETag`; what changes such a thing takes `If-Match`. */
  readonly tagged?: 'device' | 'task' | 'webhook';
  /** Field of the answer with the items of a page; the query has `cursor` and `limit`, the answer `next`. */
  readonly page?: string;
  /** Status of success, 200 where absent. */
  readonly status?: number;
  /**
   * Errors beyond `invalid_request`, `unauthenticated`, `not_allowed`, `too_many_requests` and `internal`; of
   * operators that change something `cross_site`, on the devices' door `device_pending`, `certificate_expired` and `certificate_void`.
   */
  readonly errors?: readonly ProblemCode[];
}

type StaticOr<Schema, Otherwise> = Schema extends TSchema ? Static<Schema> : Otherwise;

export type ParamsOf<O> = O extends { readonly params: infer S } ? StaticOr<S, undefined> : undefined;
export type QueryOf<O> = O extends { readonly query: infer S } ? StaticOr<S, undefined> : undefined;
export type BodyOf<O> = O extends { readonly body: infer S } ? StaticOr<S, undefined> : undefined;
export type AnswerOf<O> = O extends { readonly answer: infer S } ? StaticOr<S, void> : void;

/** The path with its parameters filled in. */
export function pathOf(operation: { readonly path: string }, params: Readonly<Record<string, string>> = {}): string {
  return operation.path.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

/** Whether its success is an entry of the audit log. */
export function isAudited({ door, method, audited }: Pick<Operation, 'door' | 'method' | 'audited'>): boolean {
  if (audited === false) return false;
  return door === 'device' ? audited !== undefined : method !== 'GET';
}

/** Whether it may be asked again with the same `Idempotency-Key`: whatever makes or begins something. */
export function takesIdempotencyKey({
  door,
  method,
  audited,
}: Pick<Operation, 'door' | 'method' | 'audited'>): boolean {
  return door === 'operator' && method === 'POST' && audited !== false;
}

/** Whether it is done only if what it changes has the tag of an `If-Match`. */
export function takesIfMatch({ tagged, method }: Pick<Operation, 'tagged' | 'method'>): boolean {
  return tagged !== undefined && method !== 'GET';
}
