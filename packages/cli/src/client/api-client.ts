/** Calls operations of the API by their schemas, over a connection that is pinned by the token. */
import { parseToken, pathOf, trustText } from '@rollcall/api';
import type { AnswerOf, BodyOf, Operation, ParamsOf, ProblemDetails, QueryOf } from '@rollcall/api';
import { connectPinned, PinError, type PinnedConnection } from '@rollcall/transport/tls';
import { request } from 'undici';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { ServerSettings } from '../settings.ts';

/** The server answered with problem details (RFC 9457). */
export class ProblemError extends CommandError {
  readonly problem: ProblemDetails;

  constructor(problem: ProblemDetails) {
    super(exitCodeOf(problem), problem.detail === '' ? problem.title : `${problem.title}: ${problem.detail}`);
    this.problem = problem;
  }
}

type Given<T> = T extends undefined ? undefined : T;

export interface CallOptions<O> {
  readonly params?: Given<ParamsOf<O>>;
  readonly query?: Given<QueryOf<O>>;
  readonly body?: Given<BodyOf<O>>;
  readonly signal?: AbortSignal;
  /** How long the server may take until it answers; absent: as long as usual. */
  readonly answerTimeoutMs?: number;
}

export class ApiClient implements AsyncDisposable {
  readonly connection: PinnedConnection;
  readonly #authorization: string;

  private constructor(connection: PinnedConnection, token: string) {
    this.connection = connection;
    this.#authorization = `Bearer ${token}`;
  }

  /** @throws CommandError when the token is malformed, or the server is away or not the one of the token */
  static async connect(settings: ServerSettings): Promise<ApiClient> {
    const token = parseToken(settings.token, 'operator');
    if (!token.ok) throw new CommandError(EXIT.usage, `the operator token is not valid: ${token.reason}`);
    try {
      return new ApiClient(await connectPinned(settings.url, token.value.pin, trustText), settings.token.trim());
    } catch (error) {
      if (!(error instanceof PinError)) throw error;
      if (error.code === 'untrusted') {
        throw new CommandError(EXIT.notAllowed, `${error.message}. Nothing was sent to it.`, { cause: error });
      }
      throw new CommandError(EXIT.failed, `${error.message}. Is the server running, and the address right?`, {
        cause: error,
      });
    }
  }

  /** Headers that every request needs, for what is not an operation (uploads). */
  get headers(): { readonly authorization: string } {
    return { authorization: this.#authorization };
  }

  async call<const O extends Operation>(operation: O, options: CallOptions<O> = {}): Promise<AnswerOf<O>> {
    const response = await this.#send(operation, options);
    const text = await response.body.text();
    return (text === '' ? undefined : JSON.parse(text)) as AnswerOf<O>;
  }

  /** The body as it comes, for operations that answer with a stream. */
  async stream<const O extends Operation>(
    operation: O,
    options: CallOptions<O> & { readonly headers?: Readonly<Record<string, string>> },
  ): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#send(operation, options, { accept: 'text/event-stream', ...options.headers });
    return response.body;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #send<O extends Operation>(operation: O, options: CallOptions<O>, headers: Record<string, string> = {}) {
    const params: Readonly<Record<string, string>> = options.params ?? {};
    const url = new URL(pathOf(operation, params), this.connection.url);
    const query: Readonly<Record<string, string | number | boolean | undefined>> = options.query ?? {};
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    let response;
    try {
      response = await request(url, {
        method: operation.method,
        dispatcher: this.connection.dispatcher,
        headers: {
          ...this.headers,
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        ...(options.answerTimeoutMs === undefined ? {} : { headersTimeout: options.answerTimeoutMs }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (error) {
      if ((error as Error).name === 'AbortError') throw error;
      throw new CommandError(EXIT.failed, `${url.origin} does not answer: ${(error as Error).message}`, {
        cause: error,
      });
    }
    if (response.statusCode >= 400) throw problemOf(response.statusCode, await response.body.text());
    return response;
  }
}

/** What the server's answer means for the person at the command line. */
export function problemOf(status: number, text: string): CommandError {
  try {
    const problem = JSON.parse(text) as ProblemDetails;
    if (typeof problem.code === 'string' && typeof problem.title === 'string') return new ProblemError(problem);
  } catch {
    // Not ours: a proxy's page, for instance.
  }
  return new CommandError(EXIT.failed, `the server answered ${status}: ${text.slice(0, 200)}`);
}

function exitCodeOf(problem: ProblemDetails): ExitCode {
  if (problem.status === 404) return EXIT.notFound;
  if (problem.status === 401 || problem.status === 403) return EXIT.notAllowed;
  if (problem.status === 400 || problem.code === 'no_targets') return EXIT.usage;
  return EXIT.failed;
}
