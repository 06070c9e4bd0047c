/** What a browser does that matters to the server: it keeps a cookie, and says which page a request comes from. */
import { operations, type SignedIn } from '@rollcall/api';
import type { Dispatcher } from 'undici';
import { TestClient } from './test-server.ts';

export class TestBrowser implements AsyncDisposable {
  readonly #client: TestClient;
  /** `name=value`, as it is sent. */
  cookie: string | undefined;

  constructor(url: string) {
    this.#client = new TestClient(url);
  }

  /** From the server's own page, unless the headers say otherwise. */
  async send(
    method: string,
    target: string,
    { body, headers = { 'sec-fetch-site': 'same-origin' } }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Dispatcher.ResponseData> {
    const cookie = this.cookie === undefined ? {} : { cookie: this.cookie };
    const answer = await this.#client.send(method, target, { body, headers: { ...cookie, ...headers } });
    const set = answer.headers['set-cookie'];
    if (typeof set === 'string') {
      const [pair = ''] = set.split(';');
      this.cookie = /Max-Age=0/.test(set) ? undefined : pair;
    }
    return answer;
  }

  async ask(
    method: string,
    target: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<{
    readonly status: number;
    readonly body: { readonly code?: string } & Readonly<Record<string, unknown>>;
  }> {
    const answer = await this.send(method, target, options);
    const text = await answer.body.text();
    return { status: answer.statusCode, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  }

  /** By what follows `#link=`, or by a token. */
  async signIn(body: { link: string } | { token: string }): Promise<SignedIn> {
    const { status, body: answer } = await this.ask('POST', operations.signIn.path, { body });
    if (status !== 201) throw new Error(`signIn: ${status} ${JSON.stringify(answer)}`);
    return answer as unknown as SignedIn;
  }

  /** Status of a request that only reads. */
  async status(): Promise<number> {
    return (await this.ask('GET', operations.whoAmI.path)).status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

export function secretOfLink(url: string): string {
  return new URLSearchParams(new URL(url).hash.slice(1)).get('link') ?? '';
}
