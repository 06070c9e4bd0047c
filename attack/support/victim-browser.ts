import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import type { Answer, AttackedServer } from './attacked-server.ts';

/** A browser with the one cookie that it was last given. */
export class VictimBrowser {
  readonly #server: AttackedServer;
  cookie: string | undefined;

  constructor(server: AttackedServer) {
    this.#server = server;
  }

  /** A browser in which the operator of the server's machine is signed in. */
  static async signedIn(server: AttackedServer): Promise<VictimBrowser> {
    const browser = new VictimBrowser(server);
    const { status, text } = await browser.open(await newLink(server));
    assert.equal(status, 201, text);
    return browser;
  }

  /** By what follows `#link=`. */
  open(link: string): Promise<Answer> {
    return this.ask('POST', operations.signIn.path, JSON.stringify({ link }));
  }

  /** From the server's own page, unless `headers` say otherwise. */
  async ask(
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = { 'sec-fetch-site': 'same-origin' },
  ): Promise<Answer> {
    const cookie = this.cookie === undefined ? {} : { cookie: this.cookie };
    const answer = await this.#server.ask(method, path, body, {
      isWithoutToken: true,
      headers: { ...cookie, ...headers },
    });
    const at = answer.headers.findIndex((name) => name.toLowerCase() === 'set-cookie');
    if (at >= 0) this.cookie = answer.headers[at + 1]?.split(';', 1)[0];
    return answer;
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.ask('GET', operations.whoAmI.path)).status === 200;
  }
}

/** The secret of a link that was made by the server's own operator. */
export async function newLink(server: AttackedServer): Promise<string> {
  const { status, text } = await server.ask('POST', operations.createSignInLink.path, '{}');
  assert.equal(status, 201, text);
  return new URL((JSON.parse(text) as { url: string }).url).hash.replace('#link=', '');
}
