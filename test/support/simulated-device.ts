import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request, type AgentOptions } from 'node:https';
import { operations, pathOf } from '@rollcall/api';
import type {
  CheckInAnswer,
  CompletionAnswer,
  CompletionRequest,
  Facts,
  JoinAnswer,
  JoinRequest,
  Report,
  ReportAnswer,
} from '@rollcall/api';
import { certificateRequest } from '../../packages/agent/src/link/certificate-request.ts';

interface Answer<Body> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
}

interface Sent {
  readonly method: string;
  readonly body?: unknown;
  readonly agent: Agent;
}

const PROTOCOL = { min: 1, max: 1 };
const NONCE = 'n'.repeat(22);
const FACTS: Facts = {
  os: 'linux',
  arch: 'x64',
  platform: 'linux/x64',
  distribution: 'none',
  agentVersion: '0.0.0',
  hostname: 'simulated',
  timeZone: 'UTC',
  macs: [],
  freeBytes: 2 ** 40,
};

/** A device of which only the HTTPS is real: with a key and a certificate of its own, and no agent behind. */
export class SimulatedDevice {
  readonly name: string;
  readonly #url: string;
  readonly #agent: Agent;
  readonly #streamAgent: Agent;

  private constructor(name: string, url: string, tls: AgentOptions) {
    this.name = name;
    this.#url = url;
    this.#agent = new Agent({ ...tls, keepAlive: true, maxSockets: 1 });
    this.#streamAgent = new Agent(tls);
  }

  static async join(
    url: string,
    token: string,
    name: string,
    labels: Record<string, string>,
  ): Promise<SimulatedDevice> {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const body: JoinRequest = {
      token,
      name,
      labels,
      certificateSigningRequest: certificateRequest(keys),
      protocol: PROTOCOL,
      facts: FACTS,
    };
    // The pin is not this test's subject: the command line's own join checks it.
    const agent = new Agent({ rejectUnauthorized: false });
    const answer = await send<JoinAnswer>(new URL(operations.join.path, url), { method: 'POST', body, agent });
    agent.destroy();
    if (answer.status !== 201) throw new Error(`join ${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    const { certificate, certificateAuthority, deviceUrl, serverName } = answer.body;
    const tls = { key, cert: certificate, ca: certificateAuthority, servername: serverName };
    return new SimulatedDevice(name, deviceUrl, tls);
  }

  checkIn(): Promise<Answer<CheckInAnswer>> {
    const instance = this.#instance;
    const clock = Date.now();
    return this.#call(operations.checkIn, { protocol: PROTOCOL, instance, facts: FACTS, clock, nonce: NONCE });
  }

  /** Opens its event stream, on a connection of its own. `onPiece` hears what comes of it. */
  async listen(onPiece: (piece: Uint8Array) => void): Promise<void> {
    const url = new URL(operations.streamDeviceEvents.path, this.#url);
    url.searchParams.set('instance', this.#instance);
    const outgoing = request(url, { agent: this.#streamAgent });
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`event stream of ${this.name}: ${response.statusCode}`);
    response.on('data', onPiece);
    // It is closed with all of the device's connections.
    response.on('error', () => undefined);
    outgoing.on('error', () => undefined);
  }

  requestCompletion(held: CompletionRequest['held']): Promise<Answer<CompletionAnswer>> {
    return this.#call(operations.requestCompletion, { held, nonce: NONCE } satisfies CompletionRequest);
  }

  /** The bytes of these leaves. */
  async fetchLeaves(contentId: string, ranges: readonly (readonly [number, number])[]): Promise<Answer<Buffer>> {
    return this.#call(operations.getLeaves, { ranges }, { contentId });
  }

  report(report: Report): Promise<Answer<ReportAnswer>> {
    return this.#call(operations.report, { reports: [report] });
  }

  close(): void {
    this.#agent.destroy();
    this.#streamAgent.destroy();
  }

  get #instance(): string {
    return `instance-${this.name}`;
  }

  #call<Body>(
    operation: { readonly path: string; readonly method: string },
    body: unknown,
    params: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    return send<Body>(new URL(pathOf(operation, params), this.#url), {
      method: operation.method,
      body,
      agent: this.#agent,
    });
  }
}

async function send<Body>(url: URL, sent: Sent): Promise<Answer<Body>> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: sent.method, agent: sent.agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.once('error', reject);
        response.once('end', () => {
          const bytes = Buffer.concat(parts);
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          const body = (isJson ? JSON.parse(bytes.toString('utf8')) : bytes) as Body;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(JSON.stringify(sent.body));
  });
}
