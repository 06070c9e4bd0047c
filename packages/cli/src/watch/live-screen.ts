/**
 * The terminal while a screen is on it: an alternate screen without a cursor, drawn anew when something changed, when
 * the size did, and once a second for what only time changes. Whatever ends it, the terminal is as it was before.
 */
import type { ReadStream, WriteStream } from 'node:tty';

export interface ScreenPorts {
  readonly stdout: WriteStream;
  /** Undefined: no keys, only signals. */
  readonly stdin: ReadStream | undefined;
  readonly draw: (columns: number, rows: number) => readonly string[];
  /** q, ctrl-C, or a signal that wants an end. */
  readonly onLeave: () => void;
}

export class LiveScreen {
  readonly #ports: ScreenPorts;
  readonly #tick: NodeJS.Timeout;
  readonly #leave = (): void => this.#ports.onLeave();
  readonly #resize = (): void => this.#paint();
  readonly #restore = (): void => this.close();
  readonly #continue = (): void => this.#enter();
  #soon: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(ports: ScreenPorts) {
    this.#ports = ports;
    this.#enter();
    ports.stdin?.on('data', (bytes: Buffer) => this.#onKeys(bytes.toString('latin1')));
    ports.stdout.on('resize', this.#resize);
    for (const signal of LEAVING) process.on(signal, this.#leave);
    process.on('SIGCONT', this.#continue);
    // The last resort, for an error that nobody caught.
    process.once('exit', this.#restore);
    this.#tick = setInterval(() => this.#paint(), TICK_MS);
  }

  /** Something changed. Many changes within a moment are drawn once. */
  update(): void {
    this.#soon ??= setTimeout(() => this.#paint(), FRAME_MS);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#tick);
    clearTimeout(this.#soon);
    const { stdout, stdin } = this.#ports;
    stdout.off('resize', this.#resize);
    for (const signal of LEAVING) process.off(signal, this.#leave);
    process.off('SIGCONT', this.#continue);
    process.off('exit', this.#restore);
    stdin?.removeAllListeners('data');
    this.#exit();
    stdin?.pause();
  }

  #enter(): void {
    if (!this.#isOpen) return;
    this.#ports.stdout.write(ENTER);
    this.#ports.stdin?.setRawMode(true).resume();
    this.#paint();
  }

  #exit(): void {
    this.#ports.stdin?.setRawMode(false);
    this.#ports.stdout.write(EXIT);
  }

  #paint(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (!this.#isOpen) return;
    const { stdout, draw } = this.#ports;
    // Some pseudo-terminals have no size of their own.
    const lines = draw(Math.max(20, stdout.columns || 80), Math.max(5, stdout.rows || 24));
    stdout.write(`${BEGIN_FRAME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${END_FRAME}`);
  }

  #onKeys(keys: string): void {
    if (LEAVING_KEYS.some((key) => keys.includes(key))) this.#leave();
    else if (keys.includes('\u001A')) this.#suspend();
    else if (keys.includes('\u000C')) this.#paint();
  }

  /** ctrl-Z, which a raw terminal does not understand by itself. SIGCONT brings it back. */
  #suspend(): void {
    this.#exit();
    process.kill(process.pid, 'SIGTSTP');
  }
}

/** q, ctrl-C and ctrl-D, which a raw terminal gives as they are. */
const LEAVING_KEYS = ['q', 'Q', '\u0003', '\u0004'] as const;
const LEAVING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const FRAME_MS = 100;
const TICK_MS = 1000;

/** xterm's private modes: 1049 alternate screen, 25 cursor, 7 wrapping, 2026 a frame is shown when it is whole. */
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[2J';
const EXIT = '\u001B[?7h\u001B[?25h\u001B[?1049l';
const BEGIN_FRAME = '\u001B[?2026h\u001B[H';
const CLEAR_LINE = '\u001B[K';
const END_FRAME = '\u001B[J\u001B[?2026l';
