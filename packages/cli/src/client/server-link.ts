/**
 * The connection to a server and the token for it, for as long as a command runs: a server that is started again shows a
 * certificate that was made anew, and has another token for the operator of its own machine. Both are looked for then,
 * under the same pin: whoever does not have the authority's key is believed no more than at the first time.
 */
import { trustText, type Token } from '@rollcall/api';
import { connectPinned, PinError, type PinnedConnection } from '@rollcall/transport/tls';
import { fetch, type Dispatcher } from 'undici';

export class ServerLink implements AsyncDisposable {
  #connection: PinnedConnection;
  #token: string;
  readonly #pin: string;
  readonly #readToken: (() => string) | undefined;

  private constructor(connection: PinnedConnection, token: string, pin: string, readToken: (() => string) | undefined) {
    this.#connection = connection;
    this.#token = token;
    this.#pin = pin;
    this.#readToken = readToken;
  }

  /** @param readToken the token as it is now; undefined: it cannot be read again. @throws PinError */
  static async open(
    url: string,
    { text, token }: { readonly text: string; readonly token: Token },
    readToken: (() => string) | undefined,
  ): Promise<ServerLink> {
    return new ServerLink(await connectPinned(url, token.pin, trustText), text, token.pin, readToken);
  }

  /** Of the server's authority. */
  get pin(): string {
    return this.#pin;
  }

  get connection(): PinnedConnection {
    return this.#connection;
  }

  /** Headers that every request needs. */
  get headers(): { readonly authorization: string } {
    return { authorization: `Bearer ${this.#token}` };
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    const response = await this.#fetchTrusted(url, init);
    const token = response.status === 401 ? this.#readToken?.() : undefined;
    if (token === undefined || token === this.#token) return response;
    await response.body?.cancel();
    this.#token = token;
    return this.#fetchTrusted(url, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), ...this.headers },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  /** Nothing was sent to who showed another certificate: the request can be made again, whatever it is. */
  async #fetchTrusted(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetchOver(this.#connection.dispatcher, url, init);
    } catch (error) {
      if (!isOfTrust(error)) throw error;
      const before = this.#connection;
      this.#connection = await connectPinned(before.url, this.#pin, trustText);
      await before.close();
      return fetchOver(this.#connection.dispatcher, url, init);
    }
  }
}

/** The platform's own `fetch` knows no connection of ours. Both follow the same standard; only their types do not know it. */
export function fetchOver(dispatcher: Dispatcher, url: string, init: RequestInit): Promise<Response> {
  return (fetch as unknown as FetchOver)(url, { ...init, dispatcher });
}

type FetchOver = (
  url: string,
  init: Omit<RequestInit, 'dispatcher'> & { readonly dispatcher: Dispatcher },
) => Promise<Response>;

function isOfTrust(error: unknown): boolean {
  if (error instanceof PinError) return error.code === 'untrusted';
  return error instanceof Error && error.cause !== undefined && isOfTrust(error.cause);
}
