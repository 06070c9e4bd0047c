import type { Action, ActionContext, ActionResult } from './action.ts';
import { ActionError } from './action-error.ts';
import { CANCEL_GRACE_MILLISECONDS } from './limits.ts';
import type { ProcessGroup, ProgramEnd } from './run-program.ts';
import { endLeftoverGroup, runProgram } from './run-program.ts';
import type { StepJournal, StepRecord } from './step-journal.ts';

/**
 * One attempt as its handler sees it: the context, the journal, and the two signals.
 *
 * A cancel ends staging at once. Applying and verifying it ends only after a grace time: until then the true result
 * wins. The time limit ends both.
 */
export class ActionRun<A extends Action = Action> implements Disposable {
  readonly context: ActionContext;
  readonly action: A;
  readonly stagingSignal: AbortSignal;
  readonly applyingSignal: AbortSignal;
  readonly #journal: StepJournal;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onCancel: () => void;

  constructor(context: ActionContext, action: A, journal: StepJournal) {
    this.context = context;
    this.action = action;
    this.#journal = journal;
    const staging = new AbortController();
    const applying = new AbortController();
    this.stagingSignal = staging.signal;
    this.applyingSignal = applying.signal;
    const timeUp = (): void => {
      const seconds = context.timeoutMs / 1000;
      const error = new ActionError('timed_out', `the action took longer than its ${seconds} s`, {
        outcome: 'timed_out',
      });
      staging.abort(error);
      applying.abort(error);
    };
    this.#after(context.timeoutMs, timeUp);
    this.#onCancel = (): void => {
      const error = new ActionError('cancelled', 'the task was cancelled', { outcome: 'cancelled' });
      staging.abort(error);
      this.#after(context.cancelGraceMs ?? CANCEL_GRACE_MILLISECONDS, () => applying.abort(error));
    };
    if (context.signal.aborted) this.#onCancel();
    else context.signal.addEventListener('abort', this.#onCancel, { once: true });
  }

  /** What this attempt wrote down so far. */
  get record(): StepRecord {
    const record = this.#journal.record;
    if (record === undefined) throw new Error('the attempt was not begun');
    return record;
  }

  state<T>(name: string): T | undefined {
    return this.record.state[name] as T | undefined;
  }

  async save(state: Readonly<Record<string, unknown>>): Promise<void> {
    const record = { ...this.record, state: { ...this.record.state, ...state } };
    if (record.step === 'rolling_back') await this.#journal.writeIfSpace(record);
    else await this.#journal.write(record);
    await this.checkpoint(`saved ${Object.keys(state).join(', ')}`);
  }

  async enter(step: 'applying' | 'verifying'): Promise<void> {
    await this.#journal.write({ ...this.record, step });
    await this.checkpoint(`entered ${step}`);
  }

  /** From here on it has succeeded. Only what is on disk may let go of what it could go back to. */
  async succeed(result: ActionResult): Promise<void> {
    await this.#journal.write({ ...this.record, step: 'settling', result });
    await this.checkpoint('entered settling');
  }

  /** From here on the result is settled, or what led to going back is; a full disk does not stop that. */
  async conclude(step: 'rolling_back' | 'ended', result: ActionResult): Promise<void> {
    await this.#journal.writeIfSpace({ ...this.record, step, result });
    await this.checkpoint(`entered ${step}`);
  }

  /** Announces something that is to be gone at the end, whatever the end. */
  async addTemporary(path: string): Promise<void> {
    if (this.record.temporaries.includes(path)) return;
    await this.#journal.write({ ...this.record, temporaries: [...this.record.temporaries, path] });
    await this.checkpoint('announced a temporary');
  }

  async checkpoint(point: string): Promise<void> {
    await this.context.checkpoint?.(point);
  }

  /** Runs a program for this attempt. One that an earlier run of the agent left behind is ended first. */
  async run(program: {
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly inputPath?: string;
    readonly signal?: AbortSignal;
    readonly onOutput?: (chunk: Uint8Array) => void;
  }): Promise<ProgramEnd> {
    await this.endLeftover();
    const end = await runProgram({
      signal: this.applyingSignal,
      ...program,
      output: (chunk) => {
        program.onOutput?.(chunk);
        this.context.output(chunk);
      },
      onStarted: (group) => this.save({ group }),
    });
    if (end.kind === 'exited') this.context.exited?.(end.exitCode);
    return end;
  }

  async endLeftover(): Promise<void> {
    const group = this.state<ProcessGroup>('group');
    if (group !== undefined) await endLeftoverGroup(group);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.context.signal.removeEventListener('abort', this.#onCancel);
  }

  #after(milliseconds: number, action: () => void): void {
    // setTimeout takes 31 bits; a limit beyond that is none in the life of a process.
    this.#timers.push(setTimeout(action, Math.min(milliseconds, 2 ** 31 - 1)).unref());
  }
}
