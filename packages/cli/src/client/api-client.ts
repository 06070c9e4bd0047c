/** The API's client over a connection that is pinned by the token, with errors for people at a command line. */
import { parseToken } from '@rollcall/api';
import { ProblemError, RollcallClient, UnexpectedAnswerError, UnreachableError } from '@rollcall/client';
import { PinError, type PinnedConnection } from '@rollcall/transport/tls';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { requireServerUrl, type ServerSettings } from '../settings.ts';
import { fetchOver, ServerLink } from './server-link.ts';

export class ApiClient extends RollcallClient implements AsyncDisposable {
  readonly #link: ServerLink;

  private constructor(link: ServerLink) {
    super({
      url: link.connection.url.href,
      headers: () => link.headers,
      fetch: (url, init) => link.fetch(url, init),
    });
    this.#link = link;
  }

  /**
   * @param readAgain the settings as they are now, for a server that is started again meanwhile
   * @throws CommandError when the token is malformed, or the server is away or not the one of the token
   */
  static async connect(settings: ServerSettings, readAgain?: () => ServerSettings): Promise<ApiClient> {
    requireServerUrl(settings.url);
    const text = settings.token.trim();
    const token = parseToken(text, 'operator');
    if (!token.ok) throw new CommandError(EXIT.usage, `the operator token is not valid: ${token.reason}`);
    try {
      const readToken = readAgain && (() => readAgain().token.trim());
      return new ApiClient(await ServerLink.open(settings.url, { text, token: token.value }, readToken));
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

  /** Of the server's authority. */
  get pin(): string {
    return this.#link.pin;
  }

  get connection(): PinnedConnection {
    return this.#link.connection;
  }

  /** Headers that every request needs, also what is not an operation (uploads). */
  get headers(): { readonly authorization: string } {
    return this.#link.headers;
  }

  /** For what the server may work at for longer than usual before it answers. */
  patient(answerTimeoutMs: number): RollcallClient {
    const dispatcher = this.connection.dispatcher.compose(
      (dispatch) => (options, handler) => dispatch({ ...options, headersTimeout: answerTimeoutMs }, handler),
    );
    return new RollcallClient({
      url: this.connection.url.href,
      headers: () => this.headers,
      fetch: (url, init) => fetchOver(dispatcher, url, init),
    });
  }

  async close(): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

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
