/**
 * Devices that were off for long, in virtual time: server and agent in this process, each with a clock that the test sets.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { joinServer, startAgent } from '@rollcall/agent';
import { operations } from '@rollcall/api';
import { benchLog, until } from '../../../packages/agent/test/agent-bench.ts';
import { startTestServer, upload, type TestServer } from '../../../packages/server/test/test-server.ts';

const DAY_MS = 86_400_000;

const CLOCKS: Readonly<Record<string, (rightTime: number) => number>> = {
  'is right': (rightTime) => rightTime,
  'says 1970': () => 1000,
  'is where it was switched off': (rightTime) => rightTime - 200 * DAY_MS,
};

for (const [what, clock] of Object.entries(CLOCKS)) {
  test(`a device that was off for 200 days, and whose clock ${what}, renews and completes unaided`, async () => {
    await using absence = await Absence.begin();
    const before = await absence.credential();
    await absence.pass(200);
    const bytes = randomBytes(300_000);
    const contentId = await upload(absence.server.admin, bytes);
    const action = { kind: 'copy', to: 'a.bin', form: 'file', name: 'a.bin' } as const;
    const { id } = await absence.server.admin.call(operations.createTask, {
      body: { action, contentId, target: 'all' },
    });
    const agent = await absence.startAgent(() => clock(absence.now()));
    await until('the task is done', async () => {
      const { outcome } = await absence.server.admin.call(operations.getTask, { params: { id } });
      return outcome === 'all';
    });
    await agent.close();
    assert.deepEqual(await readFile(join(absence.data, 'files', 'a.bin')), bytes);
    assert.notEqual(await absence.credential(), before, 'a new certificate, with a new key');
  });
}

test('a device that was off for more than two years after its certificate ended is told how to come back', async () => {
  await using absence = await Absence.begin();
  await absence.pass(90 + 2 * 366 + 1);
  const agent = await absence.startAgent(() => absence.now());
  const end = await agent.closed;
  assert.equal(end?.code, 'certificate_void');
  assert.match(end.message, /more than two years ago: join again with a token of "rollcall token create --replace d1"/);
});

class Absence implements AsyncDisposable {
  readonly #folder: string;
  #server: TestServer | undefined;
  #aheadMs = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** A device has joined, was connected once, and is off. */
  static async begin(): Promise<Absence> {
    const absence = new Absence(await mkdtemp(join(tmpdir(), 'rollcall-absence-')));
    absence.#server = await startTestServer({ mode: 'unicast', interfaces: ['lo'] }, { now: () => absence.now() });
    const { admin } = absence.server;
    const { token } = await admin.call(operations.createJoinToken, { body: {} });
    await joinServer({ url: admin.url, token, dataDirectory: absence.data, name: 'd1' });
    const agent = await absence.startAgent(() => absence.now());
    await agent.ready;
    await agent.close();
    return absence;
  }

  get server(): TestServer {
    if (this.#server === undefined) throw new Error('the server was not started');
    return this.#server;
  }

  get data(): string {
    return join(this.#folder, 'device');
  }

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** The server is restarted meanwhile, as within so many days it would be. */
  async pass(days: number): Promise<void> {
    this.#aheadMs += days * DAY_MS;
    const devicePort = Number(new URL(this.server.server.deviceUrl).port);
    await this.server.admin.close();
    await this.server.server.close();
    const options = { mode: 'unicast', interfaces: ['lo'] } as const;
    const deviceListen = { address: '127.0.0.1', port: devicePort };
    const { dataDirectory } = this.server;
    this.#server = await startTestServer({ ...options, deviceListen }, { now: () => this.now() }, dataDirectory);
  }

  credential(): Promise<string> {
    return readFile(join(this.data, 'device.pem'), 'utf8');
  }

  startAgent(now: () => number): ReturnType<typeof startAgent> {
    return startAgent({ dataDirectory: this.data, interface: 'lo', log: benchLog(), now });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
