import { limits, operations, type Report } from '@rollcall/api';
import type { Logger } from 'pino';
import type { TaskHandler } from '../core/task-handler.ts';
import { RECONNECT_MILLISECONDS_MAX, RECONNECT_MILLISECONDS_MIN, REPORTS_REQUEST_BYTES_MAX } from '../limits.ts';
import { BackOff } from '../link/back-off.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import { ProblemError } from '../link/problem-error.ts';

/** Sends what the handler has to report, in order, one request at a time, until the server has acknowledged it. */
export class ReportSender {
  readonly #handler: TaskHandler;
  readonly #connection: DeviceConnection;
  readonly #log: Logger;
  readonly #backOff = new BackOff(RECONNECT_MILLISECONDS_MIN, RECONNECT_MILLISECONDS_MAX, Math.random);
  #isSending = false;
  #notBefore = 0;
  /** After a refused request reports go one by one, so that a single one that the server cannot read is found. */
  #isSingle = false;

  constructor(handler: TaskHandler, connection: DeviceConnection, log: Logger) {
    this.#handler = handler;
    this.#connection = connection;
    this.#log = log;
  }

  /** A request is under way: what is asked of the server now would be answered without its reports. */
  get isSending(): boolean {
    return this.#isSending;
  }

  handleConnected(): void {
    this.#notBefore = 0;
    this.#backOff.reset();
  }

  /** When to call `send` again, if at all. */
  pollTimeout(): number | undefined {
    return this.#isSending || this.#notBefore === 0 ? undefined : this.#notBefore;
  }

  /** Begins a request if there is anything to send. `onSettled`: it is over, and the server has taken these. */
  send(now: number, onSettled: (taken: readonly Report[]) => void): void {
    if (this.#isSending || now < this.#notBefore) return;
    this.#notBefore = 0;
    const reports = this.#next();
    if (reports.length === 0) return;
    this.#isSending = true;
    void this.#post(reports).then((isTaken) => {
      this.#isSending = false;
      onSettled(isTaken ? reports : []);
    });
  }

  #next(): Report[] {
    const all = this.#handler.reportsToSend(this.#isSingle ? 1 : limits.REPORTS_PER_REQUEST_MAX);
    let bytes = 0;
    const fitting = all.findIndex((report) => (bytes += report.output?.length ?? 0) > REPORTS_REQUEST_BYTES_MAX);
    return fitting < 0 ? all : all.slice(0, Math.max(1, fitting));
  }

  async #post(reports: readonly Report[]): Promise<boolean> {
    try {
      await this.#connection.call(operations.report, { body: { reports: [...reports] } });
      this.#handler.handleAcknowledged(reports);
      this.#backOff.reset();
      this.#isSingle = false;
      return true;
    } catch (error) {
      const isRefused = error instanceof ProblemError && (error.status === 400 || error.status === 413);
      const [report] = reports;
      if (isRefused && report !== undefined && reports.length === 1) {
        // It would be refused for ever, and hold up all others.
        // Without its output, which may be anything.
        const { taskId, attempt, sequence, state } = report;
        this.#log.error(
          { taskId, attempt, sequence, state, cause: error.message },
          'the server refuses a report, which is dropped',
        );
        this.#handler.handleRefused(report);
      } else if (isRefused) {
        this.#isSingle = true;
      } else {
        const wait = error instanceof ProblemError ? (error.retryAfterMilliseconds ?? 0) : 0;
        this.#notBefore = performance.now() + Math.max(wait, this.#backOff.next());
        this.#log.info({ cause: String(error) }, 'reports could not be sent');
      }
      return false;
    }
  }
}
