import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import type { ServerParts } from '../../packages/server/src/server.ts';
import { startServer, type RunningServer } from '@rollcall/server';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: readonly string[];
  readonly text: string;
}

interface AskOptions extends RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Without the admin's token. */
  readonly isWithoutToken?: boolean;
}

/** A server in this process, with nothing before it but its own doors. */
export class AttackedServer implements AsyncDisposable {
  readonly directory: string;
  readonly url: URL;
  readonly deviceUrl: URL;
  readonly #server: RunningServer;

  private constructor(directory: string, server: RunningServer) {
    this.directory = directory;
    this.#server = server;
    this.url = new URL(server.url);
    this.deviceUrl = new URL(server.deviceUrl);
  }

  static async start(parts: ServerParts = {}): Promise<AttackedServer> {
    process.env['ROLLCALL_LOG'] ??= 'silent';
    const directory = mkdtempSync(join(tmpdir(), 'rollcall-attack-'));
    const listen = { address: '127.0.0.1', port: 0 };
    const server = await startServer({ dataDirectory: directory, listen, interfaces: ['lo'] }, parts);
    return new AttackedServer(directory, server);
  }

  /** The token of the operator of this machine. */
  get token(): string {
    const text = readFileSync(join(this.directory, 'local-operator.json'), 'utf8');
    return (JSON.parse(text) as { token: string }).token;
  }

  /** As an admin, unless `headers` say otherwise. What TLS shows is not what is attacked here. */
  ask(method: string, path: string, body?: string, options: AskOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({
        host: this.url.hostname,
        port: this.url.port,
        method,
        path,
        rejectUnauthorized: false,
        ...options,
        headers: {
          ...(options.isWithoutToken === true ? {} : { authorization: `Bearer ${this.token}` }),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...options.headers,
        },
      });
      sent.once('error', reject);
      sent.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('error', reject);
        response.once('end', () => {
          const type = response.headers['content-type'] ?? '';
          resolve({ status: response.statusCode ?? 0, type, headers: response.rawHeaders, text });
          sent.destroy();
        });
      });
      sent.end(body);
    });
  }

  /** A connection on which the attacker writes what it likes. */
  async connect(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const port = Number(this.url.port);
    const socket = connect({ host: this.url.hostname, port, rejectUnauthorized: false, ...options });
    // A server that hangs up is what is waited for.
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
