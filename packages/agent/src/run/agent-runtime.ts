import {
  type CompletionDecision,
  type ContentDescription,
  type Heartbeat,
  limits,
  type Manifest,
  type Report,
} from '@rollcall/api';
import type { Logger } from 'pino';
import type { PlanAnswer, TaskCommand, VerifyEnd } from '../core/task-command.ts';
import { TaskFinisher } from '../core/task-finisher.ts';
import { TaskHandler, type UnbegunEnd } from '../core/task-handler.ts';
import { type DecisionVerdict, judgeDecision } from '../core/trust/judge-decision.ts';
import type { TaskRecord } from '../core/task-record.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import type { TaskJournal } from '../journal/task-journal.ts';
import { CLOSE_MILLISECONDS_MAX, JOURNAL_RETRY_MILLISECONDS, TICK_MILLISECONDS } from '../limits.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import type { DeviceTrust } from '../link/device-trust.ts';
import { errorCode } from '../storage/durable.ts';
import type { TokenBucket } from '../repair/token-bucket.ts';
import type { ActionRunner } from './action-runner.ts';
import { CompletionAsker } from './completion-asker.ts';
import type { OpenContents } from './open-contents.ts';
import { Receptions } from './receptions.ts';
import { ReportSender } from './report-sender.ts';

export interface AgentRuntimeOptions {
  readonly deviceId: string;
  readonly connection: DeviceConnection;
  readonly trust: DeviceTrust;
  readonly journal: TaskJournal;
  readonly contents: OpenContents;
  readonly runner: ActionRunner;
  /** Name or address of the interface to listen on, as the routes are now; undefined: that of the default route. */
  readonly networkInterface: () => Promise<string | undefined>;
  readonly downloadRate: TokenBucket | undefined;
  readonly log: Logger;
}

/**
 * The shell around the core: gives the task handler and the task finisher what happened, writes down what must survive,
 * and does what they say. Everything goes through one loop, so that nothing is begun before it is on disk.
 */
export class AgentRuntime {
  readonly #options: AgentRuntimeOptions;
  readonly #handler: TaskHandler;
  readonly #finisher = new TaskFinisher(Math.random);
  readonly #receptions: Receptions;
  readonly #reports: ReportSender;
  readonly #asker: CompletionAsker;
  readonly #trust: DeviceTrust;
  readonly #closing = new AbortController();
  /** Work that `close` waits for: plans, digests, actions, removals. */
  readonly #work = new Set<Promise<void>>();
  #isConnected = false;
  #isKicked = false;
  #wasDoubtful = false;
  #loop: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AgentRuntimeOptions) {
    this.#options = options;
    const { connection, trust, contents, networkInterface, downloadRate, log } = options;
    this.#trust = trust;
    this.#handler = new TaskHandler(contents);
    this.#receptions = new Receptions({
      connection,
      networkInterface,
      downloadRate,
      log,
      onEnd: (contentId, end) => {
        this.#handler.handleReceptionEnded(contentId, end);
        this.#kick();
      },
    });
    this.#reports = new ReportSender(this.#handler, connection, log);
    this.#asker = new CompletionAsker(connection, trust, contents, this.#finisher, log);
  }

  /** Takes up what an earlier process left. */
  async start(): Promise<void> {
    const { journal, contents, log } = this.#options;
    const records = await journal.load(log);
    const restored: TaskRecord[] = [];
    for (const record of records) {
      try {
        const { content, contentKey } = record.manifest;
        if (record.stage !== 'ended') await contents.open(content, contentKey);
        restored.push(record);
      } catch (error) {
        // Planned anew, it opens its content again, or is rejected with the reason.
        log.error({ taskId: record.manifest.taskId, cause: String(error) }, 'cannot open the content of a task');
        restored.push({ ...record, stage: 'planned' });
      }
    }
    this.#handler.restore(restored);
    await contents.purge(this.#trust.now());
    if (records.length > 0) log.info({ tasks: records.length }, 'took up the tasks of an earlier run');
    this.#kick();
  }

  handleConnected(): void {
    this.#isConnected = true;
    this.#reports.handleConnected();
    this.#finisher.handleConnected(performance.now());
    this.#kick();
  }

  handleDisconnected(): void {
    this.#isConnected = false;
    this.#asker.handleDisconnected();
  }

  handleWake(): void {
    this.#finisher.handleWake(performance.now());
    this.#kick();
  }

  /** How far each reception is, for the heartbeat. */
  receptions(): Heartbeat['receptions'] {
    const { contents } = this.#options;
    const open = this.#handler.openTasks().slice(0, limits.OPEN_TASKS_PER_DEVICE_MAX);
    return open.flatMap(({ taskId, attempt, content }) => {
      const stored = contents.get(content.id);
      if (stored === undefined || stored.isComplete) return [];
      return [{ taskId, attempt, bytesHeld: stored.bytesHeld, ...contents.figures(content.id) }];
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MILLISECONDS_MAX);
    });
    // An action that is still running is taken up again by the next start.
    await Promise.race([Promise.all([this.#receptions.close(), this.#loop, ...this.#work]), patience]);
    clearTimeout(timer);
    await this.#options.contents.close();
    await this.#options.journal.close();
  }

  /** What `close` did not wait for any longer; undefined: nothing. It settles, and never fails. */
  get remainingWork(): Promise<unknown> | undefined {
    const work = [...this.#work, ...(this.#loop === undefined ? [] : [this.#loop])];
    return work.length === 0 ? undefined : Promise.all(work);
  }

  #kick(): void {
    if (this.#closing.signal.aborted) return;
    this.#isKicked = true;
    this.#loop ??= this.#run()
      .catch((error: unknown) => this.#logUnexpected(error))
      .finally(() => {
        this.#loop = undefined;
        if (this.#isKicked) this.#kick();
      });
  }

  async #run(): Promise<void> {
    while (this.#isKicked && !this.#closing.signal.aborted) {
      this.#isKicked = false;
      for (;;) {
        const command = this.#handler.pollCommand(this.#trust.now());
        for (const record of this.#handler.takeChanged()) await this.#save(record);
        if (command === undefined || this.#closing.signal.aborted) break;
        this.#perform(command);
      }
      const now = performance.now();
      this.#askForTimeIfDoubtful(now);
      if (this.#isConnected) this.#reports.send(now, (taken) => this.#handleReported(taken));
      // Reports first: what the server decides is then decided on them.
      if (!this.#reports.isSending && this.#finisher.pollAsk(now)) this.#track(this.#ask());
    }
    this.#scheduleTick();
  }

  #handleReported(taken: readonly Report[]): void {
    this.#asker.handleReported(taken);
    this.#kick();
  }

  /** A clock that jumped may be that of a machine that slept, or wrong: only a fresh answer tells. */
  #askForTimeIfDoubtful(now: number): void {
    const isDoubtful = this.#trust.isClockDoubtful;
    if (isDoubtful && !this.#wasDoubtful) this.#finisher.handleWake(now);
    this.#wasDoubtful = isDoubtful;
  }

  #scheduleTick(): void {
    clearTimeout(this.#timer);
    if (this.#closing.signal.aborted) return;
    const now = performance.now();
    const deadlines = [this.#finisher.pollTimeout(), this.#isConnected ? this.#reports.pollTimeout() : undefined];
    const next = Math.min(now + TICK_MILLISECONDS, ...deadlines.filter((deadline) => deadline !== undefined));
    this.#timer = setTimeout(() => this.#kick(), Math.max(0, next - now) + 1);
  }

  /** A record that cannot be written is tried again: to go on without it would break a promise to the server. */
  async #save(record: TaskRecord): Promise<void> {
    const { journal, log } = this.#options;
    while (!this.#closing.signal.aborted) {
      try {
        await journal.save(record);
        this.#handler.handleSaved(record);
        return;
      } catch (error) {
        const { taskId, attempt } = record.manifest;
        log.error({ taskId, attempt, cause: String(error) }, 'the journal cannot be written; trying again');
        await new Promise((resolve) => setTimeout(resolve, JOURNAL_RETRY_MILLISECONDS));
      }
    }
  }

  #perform(command: TaskCommand): void {
    const { contents, runner, log } = this.#options;
    switch (command.type) {
      case 'plan':
        return this.#track(this.#plan(command.manifest), command.manifest.taskId);
      case 'listen':
        return this.#receptions.listen(
          command.manifest.taskId,
          contents.require(command.manifest.content.id),
          command.session,
        );
      case 'fetch':
        return this.#receptions.fetch(
          command.manifest.taskId,
          contents.require(command.manifest.content.id),
          command.sources,
        );
      case 'ready':
        return this.#receptions.sayReady(command.sessionId);
      case 'stopReception':
        return this.#receptions.stop(command.contentId);
      case 'verify':
        return this.#track(this.#verify(command.content));
      case 'execute':
        log.info({ taskId: command.manifest.taskId, kind: command.manifest.action.kind }, 'carrying out a task');
        return this.#track(this.#execute(command.manifest), command.manifest.taskId);
      case 'cancelExecution':
        return runner.cancel(command.taskId, command.attempt);
      case 'forget':
        return this.#track(this.#forget(command), command.taskId);
      case 'releaseContent':
        return this.#track(contents.release(command.contentId, command.isRetained, this.#trust.now()));
      case 'ask':
        return this.#finisher.handleShort(performance.now(), command.waitMilliseconds);
      default:
        return command satisfies never;
    }
  }

  #track(work: Promise<void>, taskId?: string): void {
    const tracked = work
      .catch((error: unknown) => this.#logUnexpected(error, taskId))
      .finally(() => {
        this.#work.delete(tracked);
        this.#kick();
      });
    this.#work.add(tracked);
  }

  /** A mistake of ours: told with all that helps to find it; the agent goes on with everything else. */
  #logUnexpected(error: unknown, taskId?: string): void {
    this.#options.log.error(
      { taskId, cause: error instanceof Error ? error.stack : String(error) },
      'unexpected error',
    );
    this.#scheduleTick();
  }

  async #plan(manifest: Manifest): Promise<void> {
    const { runner, contents, log } = this.#options;
    const { taskId, attempt } = manifest;
    let answer: PlanAnswer;
    try {
      const content = await contents.open(manifest.content, manifest.contentKey);
      answer = await runner.plan(manifest, content.bytesHeld);
      if (answer.decision === 'rejected' && answer.code === 'no_space') {
        // What is only kept for retries gives way.
        await contents.purge(this.#trust.now(), true);
        answer = await runner.plan(manifest, content.bytesHeld);
      }
    } catch (error) {
      const code = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errorCode(error) ?? '') ? 'no_space' : 'io_error';
      answer = { decision: 'rejected', code, message: error instanceof Error ? error.message : String(error) };
    }
    log.info({ taskId, attempt, ...answer }, 'planned a task');
    this.#handler.handlePlanned(taskId, attempt, answer);
  }

  async #verify(description: ContentDescription): Promise<void> {
    const { contents, log } = this.#options;
    let end: VerifyEnd;
    try {
      end = await this.#verdict(contents.require(description.id));
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      end = { outcome: 'failed', error: { code: 'io_error', message: String(error) } };
    }
    if (end.outcome !== 'verified')
      log.warn(
        { taskIds: this.#tasksOf(description.id), contentId: description.id, ...end },
        'the content is not as it should be',
      );
    this.#handler.handleVerified(description.id, end);
  }

  /** Those that wait for this content. */
  #tasksOf(contentId: string): string[] {
    return this.#handler.openTasks().flatMap(({ taskId, content }) => (content.id === contentId ? [taskId] : []));
  }

  async #verdict(content: StoredContent): Promise<VerifyEnd> {
    const { signal } = this.#closing;
    // The root of its hash tree is the digest of the whole: who saw each leaf agree with it need not read all again. Of an
    // encrypted content a leaf may have been known by its tag alone: nothing but the digest of the plaintext says that it is
    // right.
    if (content.isProven && content.encryption === undefined) return { outcome: 'verified' };
    if ((await content.digest(signal)) === content.description.sha256) return { outcome: 'verified' };
    await content.rescan(signal);
    if (!content.isComplete) return { outcome: 'short' };
    const message = 'every leaf is right, and the SHA-256 of the whole is another than the manifest says';
    return { outcome: 'failed', error: { code: 'content_mismatch', message } };
  }

  async #execute(manifest: Manifest): Promise<void> {
    const { contents, runner, log } = this.#options;
    const { taskId, attempt, content } = manifest;
    let giveBack: (() => void) | undefined;
    const lend = (): boolean => {
      if (!this.#handler.lendContent(taskId, attempt)) return false;
      giveBack = contents.lend(content.id);
      return true;
    };
    const result = await runner.execute(manifest, contents.require(content.id), lend);
    giveBack?.();
    const { output, ...shown } = result;
    log.info({ taskId, attempt, ...shown, outputBytes: output?.length ?? 0 }, 'carried out a task');
    this.#handler.handleExecuted(taskId, attempt, result);
  }

  async #forget(task: { readonly taskId: string; readonly attempt: number; readonly isLast: boolean }): Promise<void> {
    const { runner, journal } = this.#options;
    // While its record is there, the next start tries again to undo what could not be undone.
    if (task.isLast) await runner.forget(task.taskId);
    await journal.forget(task);
  }

  async #ask(): Promise<void> {
    this.#handler.handleAsking();
    await this.#asker.ask(this.#handler.openTasks(), ({ decisions }) => {
      for (const decision of decisions) this.#handleDecision(decision);
      this.#options.journal.guard.expire(this.#trust.now());
      this.#track(this.#options.contents.purge(this.#trust.now()));
    });
  }

  #handleDecision(decision: CompletionDecision): void {
    const { log, deviceId, journal } = this.#options;
    const { taskId, attempt } = decision;
    const context = { deviceId, utc: this.#trust.now(), keys: this.#trust.directorKeys };
    const judged = judgeDecision(decision, context, journal.guard);
    if (judged.verdict === 'followed') {
      this.#handler.handleDecision(judged.decision);
      log.debug({ taskId, attempt, decision: decision.decision }, 'the server decided');
      return;
    }
    // What was accepted once goes on: a bad answer does not end it.
    const isKnown = this.#handler.has(taskId, attempt);
    log.warn({ taskId, attempt, isKnown, ...judged }, 'a decision of the server is not followed');
    const sequence = 'sequence' in decision ? decision.sequence : undefined;
    if (!isKnown) this.#handler.reportUnbegun({ taskId, attempt }, sequence ?? 0, endOf(judged));
  }
}

function endOf(judged: Exclude<DecisionVerdict, { verdict: 'followed' }>): UnbegunEnd {
  if (judged.verdict === 'refused') return { state: 'rejected', error: judged.error };
  if (judged.end === 'succeeded') return { state: 'succeeded', isAlreadyPresent: true };
  const message = `this attempt has ended here already, as ${judged.end}: retry the task to have it done again`;
  return { state: judged.end, error: { code: 'replayed_attempt', message } };
}
