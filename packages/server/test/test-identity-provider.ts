/** A real identity provider (oidc-provider) on loopback, and a browser that goes where it is sent. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import OidcProvider, { type Configuration } from 'oidc-provider';
import { Agent, request } from 'undici';

export const CLIENT = { id: 'rollcall', secret: 'the secret of rollcall at its provider' } as const;

/** Claims by login name. */
export type People = Map<string, { readonly preferred_username: string; readonly groups: unknown }>;

export class TestIdentityProvider implements AsyncDisposable {
  readonly people: People = new Map();
  readonly #server = createServer((incoming, response) => this.#answer(incoming, response));
  #answer: RequestListener = (_request, response) => response.writeHead(503).end();

  /** It has an address, and answers nothing but 503 yet. */
  static async start(): Promise<TestIdentityProvider> {
    const provider = new TestIdentityProvider();
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a server's file says of it. */
  get registration(): { readonly issuer: string; readonly clientId: string; readonly clientSecret: string } {
    return { issuer: this.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret };
  }

  open(redirectUrl: string): void {
    const provider = new OidcProvider(this.issuer, this.#configuration(redirectUrl));
    this.#answer = provider.callback();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #configuration(redirectUrl: string): Configuration {
    return {
      clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUrl] }],
      claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
      pkce: { required: () => true },
      cookies: { keys: ['a key of the test'] },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: async () => ({ sub: id, ...this.people.get(id) }),
      }),
      // Nobody is asked whether Rollcall may know who it is.
      loadExistingGrant: async ({ oidc: { client, session, provider } }) => {
        const grant = new provider.Grant({ clientId: client!.clientId, accountId: session!.accountId! });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
    };
  }
}

export interface Visit {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly body: { readonly code?: string; readonly detail?: string };
}

/** Keeps cookies by origin and follows redirects, one at a time. */
export class Visitor implements AsyncDisposable {
  readonly #dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  readonly #cookies = new Map<string, Map<string, string>>();

  cookiesOf(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const known = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, known);
    return known;
  }

  /** Undefined location: where it ends. */
  async step(
    url: string,
    { accept = '*/*', form }: { readonly accept?: string; readonly form?: Readonly<Record<string, string>> } = {},
  ): Promise<Visit & { readonly location: string | undefined }> {
    const cookies = this.cookiesOf(url);
    const { statusCode, headers, body } = await request(url, {
      dispatcher: this.#dispatcher,
      method: form === undefined ? 'GET' : 'POST',
      headers: {
        accept,
        ...(cookies.size === 0 ? {} : { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    });
    for (const line of [headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /Max-Age=0|expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const text = await body.text();
    const location = headers['location'];
    return {
      url,
      status: statusCode,
      text,
      body: text.startsWith('{') ? (JSON.parse(text) as Visit['body']) : {},
      location: typeof location === 'string' ? new URL(location, url).href : undefined,
    };
  }

  /** From the start to where the provider sends the browser back to; that is not visited yet. */
  async goToProvider(startUrl: string, login: string): Promise<string> {
    let url: string | undefined = (await this.step(startUrl)).location;
    const { origin } = new URL(startUrl);
    while (url !== undefined && !url.startsWith(origin)) {
      const isForm: boolean = new URL(url).pathname.startsWith('/interaction/');
      const step = await this.step(url, isForm ? { form: { prompt: 'login', login, password: 'any' } } : {});
      url = step.location;
    }
    if (url === undefined) throw new Error('the provider does not send the browser back');
    return url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.destroy();
  }
}
