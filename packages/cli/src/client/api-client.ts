/** The API's client over a connection that is pinned by the token, with errors for people at a command line. */
import { parseToken, trustText } from '@rollcall/api';
import { ProblemError, RollcallClient, UnexpectedAnswerError, UnreachableError, type Fetch } from '@rollcall/client';
import { connectPinned, PinError, type PinnedConnection } from '@rollcall/transport/tls';
import { fetch, type Dispatcher } from 'undici';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { ServerSettings } from '../settings.ts';

export class ApiClient extends RollcallClient implements AsyncDisposable {
  readonly connection: PinnedConnection;
  /** Headers that every request needs, also what is not an operation (uploads). */
  readonly headers: { readonly authorization: string };

  private constructor(connection: PinnedConnection, token: string) {
    const headers = { authorization: `Bearer ${token}` };
    super({ url: connection.url.href, headers: () => headers, fetch: fetchOver(connection.dispatcher) });
    this.connection = connection;
    this.headers = headers;
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

  /** For what the server may work at for longer than usual before it answers. */
  patient(answerTimeoutMs: number): RollcallClient {
    const dispatcher = this.connection.dispatcher.compose(
      (dispatch) => (options, handler) => dispatch({ ...options, headersTimeout: answerTimeoutMs }, handler),
    );
    return new RollcallClient({
      url: this.connection.url.href,
      headers: () => this.headers,
      fetch: fetchOver(dispatcher),
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The platform's own `fetch` knows no connection of ours. Both follow the same standard; only their types do not know it. */
function fetchOver(dispatcher: Dispatcher): Fetch {
  return (url, init) => (fetch as unknown as FetchOver)(url, { ...init, dispatcher });
}

type FetchOver = (
  url: string,
  init: Omit<RequestInit, 'dispatcher'> & { readonly dispatcher: Dispatcher },
) => Promise<Response>;

/** What an error of the client means for the person at the command line. Whatever is none of the client's stays as it is. */
export function asCommandError(error: unknown): unknown {
  if (error instanceof ProblemError) return new CommandError(exitCodeOf(error), error.message, { cause: error });
  if (error instanceof UnexpectedAnswerError || error instanceof UnreachableError) {
    return new CommandError(EXIT.failed, error.message, { cause: error });
  }
  return error;
}

function exitCodeOf({ problem }: ProblemError): ExitCode {
  if (problem.status === 404) return EXIT.notFound;
  if (problem.status === 401 || problem.status === 403) return EXIT.notAllowed;
  if (problem.status === 400 || problem.code === 'no_targets') return EXIT.usage;
  return EXIT.failed;
}
