import { type AnswerOf, type BodyOf, isOf, type Operation, type ParamsOf, pathOf, type QueryOf } from '@rollcall/api';
import { Agent, request, type Dispatcher } from 'undici';
import { ANSWER_BYTES_MAX, REQUEST_MILLISECONDS_MAX } from '../limits.ts';
import { doorConnector } from './door-connector.ts';
import { ProblemError } from './problem-error.ts';

export interface DeviceCredentials {
  readonly url: string;
  readonly serverName: string;
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  readonly certificateAuthority: string;
  /** It is not earlier than this: what the end of the server's certificate is compared with. */
  readonly certainTime: () => number;
}

export interface DeviceRequest<O> {
  readonly params?: ParamsOf<O>;
  readonly query?: QueryOf<O>;
  readonly body?: BodyOf<O>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * The TLS channel between this device and its server: TLS 1.3, both sides proved by the server's own authority.
 *
 * A connection that was cut without a word does not come to life again in good time; `reset` leaves all open sockets
 * behind, so that what comes next begins anew.
 */
export class DeviceConnection {
  #credentials: DeviceCredentials;
  #agent: Agent;

  constructor(credentials: DeviceCredentials) {
    this.#credentials = credentials;
    this.#agent = makeAgent(credentials);
  }

  /** @throws ProblemError when the server says no, any other error when it cannot be reached */
  async call<const O extends Operation>(operation: O, options: DeviceRequest<O> = {}): Promise<AnswerOf<O>> {
    const timeout = AbortSignal.timeout(REQUEST_MILLISECONDS_MAX);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    const response = await this.stream(operation, { ...options, signal });
    const bytes = await readAll(response.body, ANSWER_BYTES_MAX);
    if (operation.answer === undefined) return undefined as AnswerOf<O>;
    const answer: unknown = JSON.parse(bytes.toString('utf8'));
    if (!isOf(operation.answer, answer)) throw new Error(`the answer to ${operation.id} is not one`);
    return answer as AnswerOf<O>;
  }

  /** The answer as it comes. Whoever calls this reads the body or aborts the signal. */
  async stream<const O extends Operation>(
    operation: O,
    options: DeviceRequest<O> = {},
  ): Promise<Dispatcher.ResponseData> {
    const url = new URL(pathOf(operation, options.params ?? {}), this.#credentials.url);
    const query: Readonly<Record<string, string | number | boolean | undefined>> = options.query ?? {};
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const response = await request(url, {
      method: operation.method,
      dispatcher: this.#agent,
      headers: {
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (response.statusCode < 400) return response;
    const text = (await readAll(response.body, ANSWER_BYTES_MAX)).toString('utf8');
    const retryAfter = response.headers['retry-after'];
    throw new ProblemError(response.statusCode, text, typeof retryAfter === 'string' ? retryAfter : undefined);
  }

  /** From now on with another key and certificate; what is open by the old ones is left behind. */
  use({ key, certificate }: Pick<DeviceCredentials, 'key' | 'certificate'>): void {
    this.#credentials = { ...this.#credentials, key, certificate };
    this.reset();
  }

  reset(): void {
    const old = this.#agent;
    this.#agent = makeAgent(this.#credentials);
    void old.destroy();
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function makeAgent(credentials: DeviceCredentials): Agent {
  return new Agent({
    // Silence is judged by those who know what to expect: the link by heartbeats, a fetch by its bytes.
    bodyTimeout: 0,
    headersTimeout: REQUEST_MILLISECONDS_MAX,
    // Longer than the pause between heartbeats: a handshake for each would be the server's main work.
    keepAliveTimeout: 30_000,
    connect: doorConnector(credentials),
  });
}

async function readAll(body: AsyncIterable<Uint8Array>, sizeMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > sizeMax) throw new Error(`the server's answer is longer than ${sizeMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
