/** A simulated device: joins, and talks to the devices' door with its own certificate. */
import assert from 'node:assert/strict';
import { operations, type CompletionDecision, type Report } from '@rollcall/api';
import { DEVICE_SERVER_NAME } from '../src/config.ts';
import { FACTS, sharedKeyPem, signingRequest, TestClient, type TestServer } from './test-server.ts';

/** Which one is of no interest here. */
export const NONCE = 'n'.repeat(22);

export class TestDevice {
  readonly id: string;
  readonly name: string;
  readonly client: TestClient;
  readonly tls: object;
  readonly instance: string;
  /** What it says that its clock is; undefined: right. */
  clock: number | undefined;

  constructor(id: string, name: string, client: TestClient, tls: object) {
    this.id = id;
    this.name = name;
    this.client = client;
    this.tls = tls;
    this.instance = `${name}-1`;
  }

  static async join(
    { admin }: Pick<TestServer, 'admin'>,
    token: string,
    name: string,
    csr?: string,
    labels: Record<string, string> = {},
  ): Promise<TestDevice> {
    const answer = await new TestClient(admin.url, undefined).callOnce(operations.join, {
      token,
      name,
      labels,
      certificateSigningRequest: csr ?? (await signingRequest()),
      protocol: { min: 1, max: 1 },
      facts: { ...FACTS, hostname: name },
    });
    return TestDevice.at(answer.deviceUrl, answer.deviceId, answer, answer.name);
  }

  /** With what it has from joining. */
  static at(
    deviceUrl: string,
    id: string,
    credentials: { readonly certificate: string; readonly certificateAuthority: string },
    name = id,
  ): TestDevice {
    const tls = {
      ca: credentials.certificateAuthority,
      cert: credentials.certificate,
      key: sharedKeyPem,
      servername: DEVICE_SERVER_NAME,
    };
    return new TestDevice(id, name, new TestClient(deviceUrl, undefined, tls), tls);
  }

  /** The same device, for a server that moved. */
  at(deviceUrl: string): TestDevice {
    return new TestDevice(this.id, this.name, new TestClient(deviceUrl, undefined, this.tls), this.tls);
  }

  /** Opens its event stream. `onPiece` hears what comes of it. */
  async listen(onPiece: (piece: Uint8Array) => void): Promise<void> {
    const { statusCode, body } = await this.client.send('GET', `/v1/device/events?instance=${this.instance}`);
    assert.equal(statusCode, 200);
    body.on('data', onPiece);
    // It is closed with all of the device's connections.
    body.on('error', () => undefined);
  }

  checkIn() {
    const facts = { ...FACTS, hostname: this.name };
    return this.client.call(operations.checkIn, {
      body: {
        protocol: { min: 1, max: 1 },
        instance: this.instance,
        facts,
        clock: this.clock ?? Date.now(),
        nonce: NONCE,
      },
    });
  }

  async ask(held: readonly object[] = []): Promise<readonly CompletionDecision[]> {
    return (await this.client.call(operations.requestCompletion, { body: { held: held as never, nonce: NONCE } }))
      .decisions;
  }

  async report(taskId: string, sequence: number, state: Report['state'], more: Partial<Report> = {}) {
    const report = { taskId, attempt: 1, sequence, state, bytesMulticast: 0, bytesUnicast: 0, ...more };
    return (await this.client.call(operations.report, { body: { reports: [report] } })).results[0];
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
