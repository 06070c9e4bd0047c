/** A server on loopback with free ports and a data directory of its own, and the clients that tests need. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, webcrypto, type KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  operations,
  pathOf,
  type AnswerOf,
  type BodyOf,
  type ContentEncoding,
  type Operation,
  type ParamsOf,
} from '@rollcall/api';
import { Agent, request, type Dispatcher } from 'undici';
import { x509 } from '../src/certificates/x509.ts';
import { startServer, type RunningServer, type ServerOptions, type ServerParts } from '../src/index.ts';

export interface TestServer extends AsyncDisposable {
  readonly server: RunningServer;
  readonly dataDirectory: string;
  readonly admin: TestClient;
  restart(): Promise<TestServer>;
}

export async function startTestServer(
  options: Partial<ServerOptions> = {},
  parts: ServerParts = {},
  folder?: string,
): Promise<TestServer> {
  process.env['ROLLCALL_LOG'] ??= 'error';
  const dataDirectory = folder ?? (await mkdtemp(path.join(tmpdir(), 'rollcall-server-')));
  const server = await startServer({ dataDirectory, listen: { address: '127.0.0.1', port: 0 }, ...options }, parts);
  const local = JSON.parse(await readFile(path.join(dataDirectory, 'local-operator.json'), 'utf8')) as {
    url: string;
    token: string;
  };
  const admin = new TestClient(local.url, local.token);
  const close = async () => {
    await admin.close();
    await server.close();
  };
  return {
    server,
    dataDirectory,
    admin,
    restart: async () => {
      await close();
      return startTestServer(options, parts, dataDirectory);
    },
    [Symbol.asyncDispose]: async () => {
      await close();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

export interface Answered<T> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: T;
}

/** Calls operations; unverified on the operators' side, because what is tested here is not the client's trust. */
export class TestClient {
  readonly url: string;
  readonly token: string | undefined;
  readonly dispatcher: Dispatcher;

  constructor(url: string, token?: string, tls: object = { rejectUnauthorized: false }) {
    this.url = url;
    this.token = token;
    this.dispatcher = new Agent({
      connect: { ...tls, timeout: 60_000 },
      keepAliveTimeout: 60_000,
      headersTimeout: 60_000,
      bodyTimeout: 60_000,
    });
  }

  /** The answer of a call that succeeds. */
  async call<O extends Operation>(
    operation: O,
    input: { params?: ParamsOf<O>; body?: BodyOf<O>; query?: Record<string, string> } = {},
  ): Promise<AnswerOf<O>> {
    const { status, body } = await this.try(operation, input);
    if (status >= 300) throw new Error(`${operation.id}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** One call on a connection of its own. */
  async callOnce<O extends Operation>(operation: O, body: BodyOf<O>): Promise<AnswerOf<O>> {
    try {
      return await this.call(operation, { body });
    } finally {
      await this.close();
    }
  }

  async try<O extends Operation>(
    operation: O,
    input: { params?: ParamsOf<O>; body?: unknown; query?: Record<string, string> } = {},
  ): Promise<Answered<never>> {
    const query = input.query === undefined ? '' : `?${new URLSearchParams(input.query).toString()}`;
    const answer = await this.send(operation.method, `${pathOf(operation, input.params)}${query}`, {
      body: input.body,
    });
    const text = await answer.body.text();
    const body = (text === '' ? undefined : JSON.parse(text)) as never;
    return { status: answer.statusCode, headers: answer.headers, body };
  }

  send(
    method: string,
    target: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Dispatcher.ResponseData> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    return request(new URL(target, this.url), {
      method: method,
      dispatcher: this.dispatcher,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined || isRaw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    });
  }

  async close(): Promise<void> {
    await this.dispatcher.destroy();
  }
}

/** One key for all simulated devices: making keys is not what is tested, and their certificates differ. */
const shared = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export async function signingRequest(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const importKey = (key: KeyObject, format: 'pkcs8' | 'spki', usage: 'sign' | 'verify') =>
    webcrypto.subtle.importKey(format, key.export({ type: format, format: 'der' } as never), algorithm, true, [usage]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: ['device'] }],
    keys: {
      privateKey: await importKey(shared.privateKey, 'pkcs8', 'sign'),
      publicKey: await importKey(shared.publicKey, 'spki', 'verify'),
    },
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  return request.toString('pem');
}

export const sharedKeyPem = shared.privateKey.export({ type: 'pkcs8', format: 'pem' });

export const FACTS = {
  os: 'linux',
  arch: 'x64',
  platform: 'linux/x64',
  distribution: 'debian 13',
  agentVersion: '0.1.0',
  hostname: 'till',
  timeZone: 'UTC',
  macs: [],
  freeBytes: 1e9,
};

/** By tus; gives the content's id. */
export async function upload(
  admin: TestClient,
  bytes: Uint8Array,
  options: { readonly encoding?: ContentEncoding } = {},
): Promise<string> {
  const created = await admin.send('POST', '/v1/uploads', {
    headers: { 'tus-resumable': '1.0.0', 'upload-length': String(bytes.length) },
  });
  assert.equal(created.statusCode, 201, await created.body.text());
  const location = created.headers['location'] as string;
  const sent = await admin.send('PATCH', location, {
    body: bytes,
    headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
  });
  assert.equal(sent.statusCode, 204, await sent.body.text());
  const body = { uploadId: location.split('/').at(-1), ...options };
  const content = await admin.call(operations.createContent, { body });
  assert.equal(content.sha256, createHash('sha256').update(bytes).digest('hex'));
  return content.id;
}
