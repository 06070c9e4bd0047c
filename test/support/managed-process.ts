import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

const OUTPUT_KEPT_MAX = 4 * 1024 * 1024;

/** A child process with its output kept; it never outlives the test's process. */
export class ManagedProcess {
  readonly #child: ChildProcess;
  readonly #description: string;
  readonly #exited: Promise<number>;
  #stdout = '';
  #stderr = '';
  #listeners = new Set<() => void>();

  constructor(program: string, args: readonly string[], options: ProcessOptions = {}) {
    this.#description = [program, ...args].join(' ');
    this.#child = spawn(program, args, {
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.#child.stdin?.end(options.input);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-OUTPUT_KEPT_MAX);
      for (const listener of this.#listeners) listener();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-OUTPUT_KEPT_MAX);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#stderr += error.message;
        resolve(127);
      });
      // `close` comes after the last byte of output; a signal counts as a shell counts it.
      this.#child.once('close', (code, signal) => {
        resolve(code ?? (signal === 'SIGKILL' ? 137 : 143));
        for (const listener of this.#listeners) listener();
      });
    });
    guard(this);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The exit code, once it has ended. */
  get exited(): Promise<number> {
    return this.#exited;
  }

  /** The first match in what it has printed or will print; throws when it ends, or the time is over, before that. */
  async waitForOutput(pattern: RegExp, timeoutMillis: number): Promise<RegExpExecArray> {
    const deadline = performance.now() + timeoutMillis;
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match !== null) return match;
      if (this.hasEnded) throw new Error(`${this.#description} ended before it printed ${pattern}${this.#words()}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${this.#description} did not print ${pattern} in time${this.#words()}`);
      await this.#change(left);
    }
  }

  /** Sends the signal and waits for the end; a process that ignores it is killed after the time given, and that throws. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMillis = 30_000): Promise<number> {
    if (this.hasEnded) return this.#exited;
    this.#child.kill(signal);
    const timer = AbortSignal.timeout(timeoutMillis);
    const ended = await Promise.race([this.#exited, once(timer, 'abort').then(() => undefined)]);
    if (ended !== undefined) return ended;
    this.#child.kill('SIGKILL');
    await this.#exited;
    throw new Error(`${this.#description} did not end within ${timeoutMillis} ms of ${signal}${this.#words()}`);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #words(): string {
    return `\n--- stdout\n${this.#stdout.slice(-4000)}\n--- stderr\n${this.#stderr.slice(-8000)}`;
  }

  async #change(timeoutMillis: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#listeners.delete(done);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, timeoutMillis);
      this.#listeners.add(done);
    });
  }
}

const running = new Set<ManagedProcess>();
process.once('exit', () => {
  for (const child of running) child.kill();
});

function guard(child: ManagedProcess): void {
  running.add(child);
  void child.exited.then(() => running.delete(child));
}
