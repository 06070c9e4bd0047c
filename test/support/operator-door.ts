import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Place } from './rollcall.ts';

/** A request at the operators' door; a body makes it a POST. */
export interface DoorRequest {
  readonly path: string;
  readonly body?: unknown;
}

/** What came of it; without a status the server could not be asked, and `text` says why. */
export interface DoorAnswer {
  readonly status: number | undefined;
  readonly text: string;
}

const PROCESS = join(import.meta.dirname, 'operator-door-process.ts');

/**
 * Asks a server again and again, from a host of a lab or from this machine, by one process: a command for each look
 * would take most of a processor from what is looked at.
 */
export class OperatorDoor implements Disposable {
  readonly #child: ChildProcess;
  readonly #waiting: { resolve(answer: DoorAnswer): void; reject(error: Error): void }[] = [];

  /** @param serverData where the server left its authority's certificate and the token for its own machine */
  constructor(serverData: string, place: Place | undefined) {
    const command: [string, string[]] = [process.execPath, [PROCESS, serverData]];
    const [program, args] = place === undefined ? command : place.network.wrap(place.host, ...command);
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.once('error', (error) => this.#fail(error));
    this.#child.once('close', () => this.#fail(new Error('the process that asks the server has ended')));
    this.#child.stdin?.on('error', (error) => this.#fail(error));
    if (this.#child.stdout === null) return;
    // One answer a line, in the order of the requests.
    createInterface(this.#child.stdout).on('line', (line) => {
      this.#waiting.shift()?.resolve(JSON.parse(line) as DoorAnswer);
    });
  }

  /** @throws Error when the server cannot be asked, or answers anything but success */
  async ask<Answer>(request: DoorRequest): Promise<Answer> {
    const { status, text } = await new Promise<DoorAnswer>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
    if (status === undefined || status >= 300) throw new Error(`${request.path}: ${status ?? 'no answer'}: ${text}`);
    return JSON.parse(text) as Answer;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}
