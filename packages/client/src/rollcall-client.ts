/** Calls operations by their names, with what their schemas want and what they promise. */
import type { AnswerOf, BodyOf, ParamsOf, QueryOf } from '@rollcall/api';
import { answeredError, UnreachableError } from './errors.ts';
import { askAgain } from './ask-again.ts';
import { followEvents, type FollowOptions, type StreamedEvent } from './follow-events.ts';
import { PAGE_FIELDS, ROUTES, type ListId, type OperationId, type OperationOf, type PageFieldOf } from './routes.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ClientOptions {
  /** Of the operators' door; in a browser `location.origin`. */
  readonly url: string;
  /** Asked before every request: the token (`authorization: Bearer …`), or what guards a session of cookies. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** Absent: the one of the platform. */
  readonly fetch?: Fetch;
}

type Field<Name extends string, T> = [T] extends [undefined]
  ? unknown
  : object extends T
    ? { readonly [Key in Name]?: T }
    : { readonly [Key in Name]: T };

/** Parameters of the path, query and body, as far as the operation has them. */
export type InputOf<Id extends OperationId> = Field<'params', ParamsOf<OperationOf<Id>>> &
  Field<'query', QueryOf<OperationOf<Id>>> &
  Field<'body', BodyOf<OperationOf<Id>>>;

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** New for each thing that is to be made: then what was not answered is asked again, and made once all the same. */
  readonly idempotencyKey?: string;
  /** An entity tag of `exchange`: change it only if it is still as it was. */
  readonly ifMatch?: string;
}

type Arguments<Id extends OperationId> =
  object extends InputOf<Id>
    ? [input?: InputOf<Id>, options?: CallOptions]
    : [input: InputOf<Id>, options?: CallOptions];

export interface Exchanged<Id extends OperationId> {
  readonly answer: AnswerOf<OperationOf<Id>>;
  /** Of what was answered, for an `if-match` later. */
  readonly etag: string | undefined;
}

type PageOf<Id extends ListId> = AnswerOf<OperationOf<Id>>;
type ItemOf<Id extends ListId> =
  PageOf<Id> extends { readonly [Field in PageFieldOf<Id>]: readonly (infer Item)[] } ? Item : never;

/** What is sent, when it no longer matters which operation it is of. */
interface AnyInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}
type AnyArguments = readonly [input?: AnyInput, options?: CallOptions];

export class RollcallClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @throws ProblemError, UnreachableError, UnexpectedAnswerError; what the signal was aborted with */
  async call<const Id extends OperationId>(id: Id, ...given: Arguments<Id>): Promise<AnswerOf<OperationOf<Id>>> {
    return (await this.exchange(id, ...given)).answer;
  }

  /** As `call`, with the answer's entity tag. */
  async exchange<const Id extends OperationId>(id: Id, ...given: Arguments<Id>): Promise<Exchanged<Id>> {
    const [input, options] = given as AnyArguments;
    const response = await this.#send(id, input, options);
    const text = await response.text();
    const answer = (text === '' ? undefined : JSON.parse(text)) as AnswerOf<OperationOf<Id>>;
    return { answer, etag: response.headers.get('etag') ?? undefined };
  }

  /** The body as it comes, of an operation that answers with a stream. */
  async stream<const Id extends OperationId>(id: Id, ...given: Arguments<Id>): Promise<ReadableStream<Uint8Array>> {
    const [input, options] = given as AnyArguments;
    const { body } = await this.#send(id, input, options);
    return body ?? new ReadableStream({ start: (controller) => controller.close() });
  }

  /** A list page by page, to its end. */
  async *pages<const Id extends ListId>(id: Id, ...given: Arguments<Id>): AsyncGenerator<PageOf<Id>> {
    const [input, options] = given as AnyArguments;
    let cursor: string | null | undefined;
    do {
      const query = { ...input?.query, ...(cursor === undefined ? {} : { cursor }) };
      const response = await this.#send(id, { ...input, query }, options);
      const page = (await response.json()) as PageOf<Id>;
      yield page;
      cursor = (page as { readonly next: string | null }).next;
    } while (cursor !== null);
  }

  /** A list one by one, to its end. */
  async *items<const Id extends ListId>(id: Id, ...given: Arguments<Id>): AsyncGenerator<ItemOf<Id>> {
    for await (const page of this.pages(id, ...given)) {
      yield* (page as unknown as Readonly<Record<string, readonly ItemOf<Id>[]>>)[PAGE_FIELDS[id]] ?? [];
    }
  }

  /** A whole list. */
  async list<const Id extends ListId>(id: Id, ...given: Arguments<Id>): Promise<ItemOf<Id>[]> {
    const all: ItemOf<Id>[] = [];
    for await (const item of this.items(id, ...given)) all.push(item);
    return all;
  }

  /** What happens, as it happens, across lost connections. */
  events(options: FollowOptions): AsyncGenerator<StreamedEvent> {
    return followEvents((query, request) => this.stream('streamEvents', { query }, request), options);
  }

  async #send(id: OperationId, input: AnyInput = {}, options: CallOptions = {}): Promise<Response> {
    const [method = '', path = ''] = ROUTES[id].split(' ');
    const url = new URL(fill(path, input.params ?? {}), this.#options.url);
    for (const [key, value] of Object.entries(input.query ?? {})) append(url.searchParams, key, value);
    const headers = {
      ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
      ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }),
      ...this.#options.headers?.(),
      ...options.headers,
    };
    const init: RequestInit = { method, headers };
    if (input.body !== undefined) init.body = JSON.stringify(input.body);
    if (options.signal !== undefined) init.signal = options.signal;
    if (options.idempotencyKey === undefined) return this.#ask(url, init);
    return askAgain(() => this.#ask(url, init), options.signal);
  }

  async #ask(url: URL, init: RequestInit): Promise<Response> {
    let response;
    try {
      // Not as a method: the platform's own wants to be called without an owner.
      const send = this.#options.fetch ?? ((target: string, request: RequestInit) => fetch(target, request));
      response = await send(url.href, init);
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw new UnreachableError(`${url.origin} does not answer: ${reasonOf(error)}`, { cause: error });
    }
    if (response.ok) return response;
    throw answeredError(response.status, await response.text(), response.headers.get('retry-after'));
  }
}

function fill(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

/** A list of values is the parameter several times. */
function append(query: URLSearchParams, key: string, value: unknown): void {
  if (value === undefined) return;
  for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value]) query.append(key, String(one));
}

/** `fetch` hides why it failed in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
