import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { rollcallPath } from './rollcall.ts';
import { waitUntil } from './wait-until.ts';

/** A command on a terminal of its own, as a person has it: `script` of util-linux makes one. */
export class PseudoTerminal implements Disposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #output = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>>, size = { rows: 24, columns: 80 }) {
    const command = [rollcallPath, ...args].map((word) => `'${word}'`).join(' ');
    const sized = `stty rows ${size.rows} cols ${size.columns}; exec ${command}`;
    this.#child = spawn('script', ['-qefc', sized, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  get output(): string {
    return this.#output;
  }

  /** The lines of the frame that was drawn last. */
  get frame(): string[] {
    const frames = this.#output.split('\u001B[?2026h').slice(1);
    const last = frames.findLast((frame) => frame.includes('\u001B[?2026l')) ?? '';
    return stripVTControlCharacters(last.split('\u001B[?2026l')[0]!)
      .split('\r\n')
      .map((line) => line.trimEnd());
  }

  press(keys: string): void {
    this.#child.stdin.write(keys);
  }

  showing(what: string, isIt: (frame: readonly string[]) => boolean): Promise<readonly string[]> {
    return waitUntil(what, () => this.frame, isIt, 60_000, 100);
  }

  /** The exit code, when it has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}
