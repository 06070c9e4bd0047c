import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  type Action,
  type CompletionDecision,
  type CompletionRequest,
  type CheckInRequest,
  type ContentEncoding,
  type Envelope,
  formatToken,
  type Heartbeat,
  leafLength,
  type LeafRange,
  type Manifest,
  type ProblemCode,
  problemDetails,
  type Report,
  trustText,
} from '@rollcall/api';
import { TestDirector } from './director.ts';
import { TestAuthority, type Validity } from './certificates.ts';
import { contentOf, sha256 } from './test-content.ts';

export interface TestTask {
  readonly manifest: Manifest;
  readonly bytes: Buffer;
  /** The bytes as they travel. */
  readonly travelling: Buffer;
  readonly leafTable: Buffer;
  /** What the server answers; undefined: `fetch`, or `execute` when the device says that it has everything. */
  decide?: (held: CompletionRequest['held'][number] | undefined) => Partial<CompletionDecision> | undefined;
}

/** A check-in's or a completion request's answer. */
export interface SignedAnswer {
  readonly time: Envelope;
  readonly director?: Envelope;
  readonly decisions?: CompletionDecision[];
  readonly [field: string]: unknown;
}

interface ContentFields {
  readonly leafSize?: number;
  readonly encoding?: ContentEncoding;
}

/** How an answer with leaves goes wrong. */
export interface LeafFault {
  readonly kind: 'corrupt' | 'cut' | 'refused' | 'silent';
}

/**
 * The server's two doors over real TLS, with one device and no database: it remembers what it was told and answers as the
 * test says. The true server is tested with the agent in the end-to-end tests.
 */
export class SmallServer {
  readonly authority = new TestAuthority();
  readonly director = new TestDirector();
  /** What its clock says. */
  now: () => number = Date.now;
  /** Stands between this server and the device: what it gives back is what the device gets. */
  tamper: (answer: SignedAnswer) => unknown = (answer) => answer;
  readonly reports: Report[] = [];
  readonly requests: CompletionRequest[] = [];
  readonly heartbeats: Heartbeat[] = [];
  readonly ready: string[] = [];
  readonly tasks: TestTask[] = [];
  /** Ranges of each request for leaves. */
  readonly leafRequests: LeafRange[][] = [];
  /** Leaves of whose pieces the hashes were asked for. */
  readonly pieceRequests: number[] = [];
  /** The symbol size of the session that runs, and of how many leaves it tells the pieces. */
  symbolSize = 1400;
  pieceAnswersLeft = Infinity;
  readonly leafFaults: LeafFault[] = [];
  checkIns = 0;
  /** What devices said of their clocks when they checked in. */
  readonly clocks: number[] = [];
  leafBytesSent = 0;
  heartbeatSeconds = 8;
  silenceSeconds = 24;
  /** Every device request is answered by this, when it is set. */
  refusal: ProblemCode | undefined;
  isBeating = true;
  deviceId = 'device-1';
  joinRefusal: ProblemCode | undefined;
  /** Of the certificates that it gives out. */
  validity: Validity = { from: 2020, to: 2050 };
  /** Fingerprints of the certificates that asked for another one, and of those that checked in. */
  readonly renewals: string[] = [];
  readonly checkedIn: string[] = [];
  /** Who signs the certificates of renewals. */
  renewalAuthority = this.authority;
  /** Renewals are refused by this, when it is set. */
  renewalRefusal: ProblemCode | undefined;
  readonly #operators: Server;
  readonly #devices: Server;
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<ServerResponse>();
  readonly #fingerprint: string;
  #beat: NodeJS.Timeout | undefined;

  constructor() {
    const { key, cert } = this.authority.server();
    this.#fingerprint = createHash('sha256').update(new X509Certificate(cert).raw).digest('hex');
    this.#operators = createServer({ key, cert, minVersion: 'TLSv1.3' }, (request, response) => {
      void this.#answerOpen(request, response);
    });
    this.#devices = createServer(
      { key, cert, minVersion: 'TLSv1.3', ca: this.authority.pem, requestCert: true, rejectUnauthorized: false },
      (request, response) => void this.#answerDevice(request, response),
    );
    for (const server of [this.#operators, this.#devices]) {
      server.on('connection', (socket: Socket) => {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
      });
    }
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#operators.address() as AddressInfo).port}`;
  }

  get devicePort(): number {
    return (this.#devices.address() as AddressInfo).port;
  }

  get token(): string {
    return formatToken({ kind: 'join', id: 'token', secret: 's'.repeat(32), pin: this.authority.pin });
  }

  /** States reported of one attempt, in order. */
  statesOf(taskId: string, attempt = 1): string[] {
    return this.reports
      .filter((report) => report.taskId === taskId && report.attempt === attempt)
      .map(({ state }) => state);
  }

  lastReportOf(taskId: string): Report | undefined {
    return this.reports.filter((report) => report.taskId === taskId).at(-1);
  }

  async start(devicePort = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#operators.listen(0, '127.0.0.1', resolve));
    await this.listen(devicePort);
    this.#beat = setInterval(() => {
      if (this.isBeating) this.#tell('beat');
    }, 100);
  }

  async listen(devicePort: number): Promise<void> {
    await new Promise<void>((resolve) => this.#devices.listen(devicePort, '127.0.0.1', resolve));
  }

  /** The devices' door is shut, and every connection with it. */
  async hangUp(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#devices.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      [this.#operators, this.#devices].map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }

  /** The devices' door is now one of a device, with a certificate that is a client's. */
  showDeviceCertificate(): void {
    this.#devices.setSecureContext({
      ...this.authority.server('client'),
      ca: this.authority.pem,
      minVersion: 'TLSv1.3',
    });
  }

  wake(): void {
    this.#tell('wake');
  }

  tell(event: 'removed' | 'refused'): void {
    this.#tell(event);
  }

  addTask(bytes: Buffer, action: Action, fields: Partial<Manifest> & ContentFields = {}): TestTask {
    const { leafSize = 65_536, encoding = 'aes-256-gcm', ...rest } = fields;
    const { description, leafTable, travelling, contentKey } = contentOf(bytes, leafSize, encoding);
    const manifest: Manifest = {
      taskId: `task-${this.tasks.length + 1}`,
      attempt: 1,
      action,
      content: description,
      ...(contentKey === undefined ? {} : { contentKey }),
      audience: [this.deviceId],
      weight: 100,
      createdAt: 1000 + this.tasks.length,
      notBefore: 0,
      expiresAt: Date.now() + 3_600_000,
      timeoutSeconds: 60,
      ...rest,
    };
    const task = { manifest, bytes, travelling, leafTable };
    this.tasks.push(task);
    return task;
  }

  #tell(event: string): void {
    for (const stream of this.#streams) stream.write(`event: ${event}\ndata: {}\n\n`);
  }

  async #answerOpen(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (request.url === '/v1/trust') {
      const fingerprints = [this.#fingerprint];
      const signature = this.authority.sign(trustText(fingerprints));
      json(response, 200, { certificateAuthority: this.authority.pem, fingerprints, signature });
    } else if (this.joinRefusal !== undefined) {
      problem(response, this.joinRefusal);
    } else {
      const { certificateSigningRequest, name } = JSON.parse(body) as Record<string, string>;
      json(response, 201, {
        deviceId: this.deviceId,
        name: name ?? 'device',
        pending: false,
        certificate: this.authority.device(certificateSigningRequest!, this.deviceId, this.validity),
        certificateAuthority: this.authority.pem,
        deviceUrl: `https://127.0.0.1:${this.devicePort}`,
        serverName: 'localhost',
      });
    }
  }

  async #answerDevice(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const url = new URL(request.url ?? '', 'https://localhost');
    const shown = (request.socket as TLSSocket).getPeerX509Certificate()!;
    if (shown.subject !== `CN=${this.deviceId}`) return problem(response, 'not_allowed');
    const isRenewal = url.pathname === '/v1/device/renew';
    const refusal = isRenewal ? this.renewalRefusal : this.refusal;
    if (refusal !== undefined) return problem(response, refusal, 1);
    const parsed: unknown = body === '' ? undefined : JSON.parse(body);
    switch (
      `${request.method} ${url.pathname.replace(/[0-9a-f]{64}/, 'ID').replace(/(sessions|leaves)\/[^/]+/, '$1/ID')}`
    ) {
      case 'POST /v1/device/check-in': {
        this.checkIns += 1;
        this.checkedIn.push(shown.fingerprint256);
        const { heartbeatSeconds, silenceSeconds, deviceId } = this;
        const { nonce, clock } = parsed as CheckInRequest;
        this.clocks.push(clock);
        const seconds = { heartbeatSeconds, silenceSeconds };
        const signed = { director: this.director.keys(this.authority), time: this.director.time(this.now(), nonce) };
        return json(response, 200, this.tamper({ deviceId, name: 'device', protocol: 1, ...seconds, ...signed }));
      }
      case 'POST /v1/device/renew': {
        this.renewals.push(shown.fingerprint256);
        // As the true one: the certificate was in the way, and is not any more.
        if (this.refusal === 'certificate_expired') this.refusal = undefined;
        const { certificateSigningRequest } = parsed as Record<string, string>;
        const certificate = this.renewalAuthority.device(certificateSigningRequest!, this.deviceId, this.validity);
        return json(response, 201, { certificate });
      }
      case 'GET /v1/device/events':
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        this.#streams.add(response);
        response.on('close', () => this.#streams.delete(response));
        return undefined;
      case 'POST /v1/device/heartbeat':
        this.heartbeats.push(parsed as Heartbeat);
        return noContent(response);
      case 'POST /v1/device/completion':
        this.requests.push(parsed as CompletionRequest);
        return json(response, 200, this.tamper(this.#answerCompletion(parsed as CompletionRequest)));
      case 'POST /v1/device/reports': {
        const { reports } = parsed as { reports: Report[] };
        this.reports.push(...reports);
        return json(response, 200, { results: reports.map(() => 'accepted') });
      }
      case 'POST /v1/device/sessions/ID/ready':
        this.ready.push(url.pathname.split('/')[4] ?? '');
        return noContent(response);
      case 'GET /v1/device/contents/ID/leaf-table':
        return void response.end(this.#taskOf(url)?.leafTable);
      case 'GET /v1/device/contents/ID/leaves/ID/pieces':
        return this.#sendPieces(this.#taskOf(url)!, Number(url.pathname.split('/')[6]), response);
      case 'POST /v1/device/contents/ID/leaves':
        return this.#sendLeaves(this.#taskOf(url)!, (parsed as { ranges: LeafRange[] }).ranges, response);
      default:
        return problem(response, 'not_found');
    }
  }

  #answerCompletion(request: CompletionRequest): SignedAnswer {
    return { decisions: this.#decide(request), time: this.director.time(this.now(), request.nonce) };
  }

  #taskOf(url: URL): TestTask | undefined {
    return this.tasks.find(({ manifest }) => url.pathname.includes(manifest.content.id));
  }

  #decide({ held }: CompletionRequest): CompletionDecision[] {
    const ended = new Set(['succeeded', 'failed', 'rejected', 'cancelled', 'timed_out']);
    return this.tasks.flatMap((task): CompletionDecision[] => {
      const { taskId, attempt, content } = task.manifest;
      const known = held.find((one) => one.taskId === taskId);
      if (this.statesOf(taskId, attempt).some((state) => ended.has(state))) {
        return known === undefined ? [] : [{ taskId, attempt, decision: 'done' }];
      }
      const sequence = Math.max(0, ...this.reports.flatMap((one) => (one.taskId === taskId ? [one.sequence] : [])));
      const fields = { taskId, attempt, sequence, manifest: this.director.manifest(task.manifest) };
      const isHeld = content.size === 0 || known?.missing?.length === 0;
      const decided = task.decide?.(known);
      if (decided !== undefined) return [{ ...fields, ...decided } as CompletionDecision];
      if (isHeld) return [{ ...fields, decision: 'execute' }];
      const url = `/v1/device/contents/${content.id}`;
      return [{ ...fields, decision: 'fetch', sources: [{ kind: 'server', url }], leaseSeconds: 30 }];
    });
  }

  #sendPieces(task: TestTask, leaf: number, response: ServerResponse): void {
    this.pieceRequests.push(leaf);
    this.pieceAnswersLeft -= 1;
    if (this.pieceAnswersLeft < 0) return problem(response, 'conflict');
    const { size, leafSize } = task.manifest.content;
    const [start, end] = [leaf * leafSize, Math.min(size, (leaf + 1) * leafSize)];
    const hashes: Buffer[] = [];
    for (let at = start; at < end; at = (Math.floor(at / this.symbolSize) + 1) * this.symbolSize) {
      const pieceEnd = Math.min(end, (Math.floor(at / this.symbolSize) + 1) * this.symbolSize);
      hashes.push(Buffer.from(sha256(task.travelling.subarray(at, pieceEnd))));
    }
    response.end(Buffer.concat(hashes));
    return undefined;
  }

  #sendLeaves(task: TestTask, ranges: LeafRange[], response: ServerResponse): void {
    this.leafRequests.push(ranges);
    const fault = this.leafFaults.shift();
    if (fault?.kind === 'refused') return problem(response, 'slot_required', 1);
    const { size, leafSize } = task.manifest.content;
    const pieces = ranges.flatMap(([first, count]) =>
      Array.from({ length: count }, (_, index) => {
        const start = (first + index) * leafSize;
        return task.travelling.subarray(start, start + leafLength(size, leafSize, first + index));
      }),
    );
    const bytes = Buffer.concat(pieces);
    if (fault?.kind === 'corrupt') bytes[0]! ^= 1;
    const isWhole = fault === undefined || fault.kind === 'corrupt';
    // As a broken network does it: in the middle of a leaf.
    const sent = isWhole ? bytes : bytes.subarray(0, Math.floor(bytes.length * 0.6));
    this.leafBytesSent += sent.length;
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length });
    if (isWhole) response.end(sent);
    else
      response.write(sent, () => {
        if (fault.kind === 'cut') response.destroy();
      });
    return undefined;
  }
}

export function randomContent(size: number): Buffer {
  return randomBytes(size);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function noContent(response: ServerResponse): void {
  response.writeHead(204).end();
}

function problem(response: ServerResponse, code: ProblemCode, retryAfter?: number): void {
  const details = problemDetails(code, `${code} in a test`);
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  response.writeHead(details.status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify(details));
}
