/** One libnorm session in a process of its own: commands go in as messages, events come out. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { LabHost } from '../../lab/network.ts';
import { libnormMissing } from './libnorm.ts';
import type { LibnormEvent, LibnormReceiverOptions, LibnormSenderOptions, LibnormSessionOptions } from './libnorm.ts';

export type LibnormCommand =
  | { readonly command: 'startSender'; readonly options: LibnormSenderOptions }
  | { readonly command: 'startReceiver'; readonly options: LibnormReceiverOptions }
  | { readonly command: 'enqueueFile'; readonly path: string; readonly info: string }
  | { readonly command: 'enqueueData'; readonly dataHex: string; readonly info: string }
  | { readonly command: 'sendCommand'; readonly contentHex: string }
  | { readonly command: 'setWatermark' }
  | { readonly command: 'stopSender' };

/** Why tests that need the library are skipped, or false. */
export const LIBNORM_MISSING = libnormMissing();

export class LibnormProcess implements AsyncDisposable {
  readonly events: LibnormEvent[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #ended: string | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (event: LibnormEvent) => {
      this.events.push(event);
      this.#wake();
    });
    child.on('exit', (code, signal) => {
      this.#ended = `libnorm's process ended: code ${code}, signal ${signal}`;
      this.#wake();
    });
  }

  /** Resolves when the session exists: on this machine, or on a host of a lab. */
  static async start(options: LibnormSessionOptions, host?: LabHost): Promise<LibnormProcess> {
    const inside = host && { execPath: 'ip', execArgv: ['netns', 'exec', host.namespace, process.execPath] };
    const child = fork(new URL('libnorm-main.ts', import.meta.url), [JSON.stringify(options)], {
      // Its debug messages would disturb the output of the tests.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      ...inside,
    });
    const libnorm = new LibnormProcess(child);
    await libnorm.event('ready', 10_000);
    return libnorm;
  }

  command(command: LibnormCommand): void {
    this.#child.send(command);
  }

  /** The first event of this type, now or later. */
  async event(type: string, timeoutMillis: number): Promise<LibnormEvent> {
    return (await this.eventsOf(type, 1, timeoutMillis))[0] as LibnormEvent;
  }

  /** The first `count` events of this type, when there are so many. */
  async eventsOf(type: string, count: number, timeoutMillis: number): Promise<readonly LibnormEvent[]> {
    const deadline = Date.now() + timeoutMillis;
    for (;;) {
      const found = this.events.filter((event) => event.type === type);
      if (found.length >= count) return found.slice(0, count);
      if (this.#ended !== undefined) throw new Error(this.#ended);
      if (Date.now() >= deadline)
        throw new Error(`libnorm: ${found.length} of ${count} ${type} in ${timeoutMillis} ms`);
      await this.#somethingOr(deadline - Date.now());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended !== undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  async #somethingOr(millis: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, millis);
      this.#waiting.add(done);
    });
  }
}
