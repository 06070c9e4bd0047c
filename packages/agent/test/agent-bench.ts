import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { joinServer, type RunningAgent, startAgent, type StartAgentOptions } from '../src/index.ts';
import { SmallServer } from './small-server.ts';

/** A server, and a device that has joined it, in a folder of their own. */
export class AgentBench implements AsyncDisposable {
  readonly server = new SmallServer();
  readonly folder: string;
  #agent: RunningAgent | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<AgentBench> {
    const bench = new AgentBench(await mkdtemp(join(tmpdir(), 'rollcall-agent-')));
    await bench.server.start();
    return bench;
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  get agent(): RunningAgent {
    if (this.#agent === undefined) throw new Error('the agent was not started');
    return this.#agent;
  }

  async join(): Promise<void> {
    await joinServer({ url: this.server.url, token: this.server.token, dataDirectory: this.data, name: 'bench' });
  }

  async start(options: Partial<StartAgentOptions> = {}): Promise<RunningAgent> {
    const log = benchLog();
    this.#agent = await startAgent({ dataDirectory: this.data, log, ...options });
    return this.#agent;
  }

  received(name: string): Promise<Buffer> {
    return readFile(join(this.data, 'files', name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.close();
    await this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Silent, unless ROLLCALL_LOG names a level. */
export function benchLog(): Logger {
  return pino({ level: process.env['ROLLCALL_LOG'] ?? 'silent' }, pino.destination(2));
}

/** Waits for what another part of the system brings about; a test that waits in vain says for what. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, timeoutSeconds = 20): Promise<void> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutSeconds} s in vain until ${what}`);
    await sleep(20);
  }
}
