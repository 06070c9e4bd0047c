import {
  type CheckInAnswer,
  coarsenLeafRanges,
  type CompletionRequest,
  type ContentDescription,
  type Heartbeat,
  limits,
  type Manifest,
  operations,
} from '@rollcall/api';
import type { Logger } from 'pino';
import type { PlanAnswer, ReceptionFigures, TaskCommand, VerifyEnd } from '../core/task-command.ts';
import { TaskFinisher } from '../core/task-finisher.ts';
import { TaskHandler } from '../core/task-handler.ts';
import type { TaskRecord } from '../core/task-record.ts';
import type { ContentStore } from '../journal/content-store.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import type { TaskJournal } from '../journal/task-journal.ts';
import {
  CLOSE_MILLISECONDS_MAX,
  JOURNAL_RETRY_MILLISECONDS,
  RETAINED_CONTENT_MILLISECONDS_MAX,
  TICK_MILLISECONDS,
} from '../limits.ts';
import type { DeviceConnection } from '../link/device-connection.ts';
import { ProblemError } from '../link/problem-error.ts';
import { errorCode } from '../storage/durable.ts';
import type { TokenBucket } from '../repair/token-bucket.ts';
import type { ActionRunner } from './action-runner.ts';
import { openDecision } from './manifest.ts';
import { Receptions } from './receptions.ts';
import { ReportSender } from './report-sender.ts';
import { ServerTime } from './server-time.ts';

export interface AgentRuntimeOptions {
  readonly deviceId: string;
  readonly connection: DeviceConnection;
  readonly journal: TaskJournal;
  readonly contents: ContentStore;
  readonly runner: ActionRunner;
  /** Name or address of the interface to listen on, as the routes are now; undefined: that of the default route. */
  readonly networkInterface: () => Promise<string | undefined>;
  readonly downloadRate: TokenBucket | undefined;
  readonly log: Logger;
}

const NOTHING: ReceptionFigures = { bytesMulticast: 0, bytesUnicast: 0 };

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
  readonly #time = new ServerTime();
  readonly #closing = new AbortController();
  /** What is open, for questions that must be answered at once. */
  readonly #contents = new Map<string, StoredContent>();
  /** Work that `close` waits for: plans, digests, actions, removals. */
  readonly #work = new Set<Promise<void>>();
  #isConnected = false;
  /** The completion request under way. */
  #asking: AbortController | undefined;
  #isKicked = false;
  #loop: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AgentRuntimeOptions) {
    this.#options = options;
    const { connection, networkInterface, downloadRate, log } = options;
    this.#handler = new TaskHandler({
      isComplete: ({ id }: ContentDescription) => this.#contents.get(id)?.isComplete === true,
      figures: (contentId) => this.#figures(contentId),
    });
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
  }

  /** Takes up what an earlier process left. */
  async start(): Promise<void> {
    const { journal, contents, log } = this.#options;
    const records = await journal.load(log);
    const restored: TaskRecord[] = [];
    for (const record of records) {
      try {
        if (record.stage !== 'ended') await this.#openContent(record.manifest.content);
        restored.push(record);
      } catch (error) {
        // Planned anew, it opens its content again, or is rejected with the reason.
        log.error({ taskId: record.manifest.taskId, cause: String(error) }, 'cannot open the content of a task');
        restored.push({ ...record, stage: 'planned' });
      }
    }
    this.#handler.restore(restored);
    await contents.purge(this.#time.now());
    if (records.length > 0) log.info({ tasks: records.length }, 'took up the tasks of an earlier run');
    this.#kick();
  }

  handleConnected(answer: CheckInAnswer): void {
    this.#isConnected = true;
    this.#time.handleTold(answer.serverTime);
    this.#reports.handleConnected();
    this.#finisher.handleConnected(performance.now());
    this.#kick();
  }

  handleDisconnected(): void {
    this.#isConnected = false;
    this.#asking?.abort();
    this.#asking = undefined;
    this.#finisher.handleDisconnected();
  }

  handleWake(): void {
    this.#finisher.handleWake(performance.now());
    this.#kick();
  }

  /** How far each reception is, for the heartbeat. */
  receptions(): Heartbeat['receptions'] {
    const open = this.#handler.openTasks().slice(0, limits.OPEN_TASKS_PER_DEVICE_MAX);
    return open.flatMap(({ taskId, attempt, content }) => {
      const stored = this.#contents.get(content.id);
      if (stored === undefined || stored.isComplete) return [];
      return [{ taskId, attempt, bytesHeld: stored.bytesHeld, ...this.#figures(content.id) }];
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
  }

  #kick(): void {
    this.#isKicked = true;
    this.#loop ??= this.#run()
      .catch((error: unknown) => this.#logUnexpected(error))
      .finally(() => {
        this.#loop = undefined;
        if (this.#isKicked && !this.#closing.signal.aborted) this.#kick();
      });
  }

  async #run(): Promise<void> {
    while (this.#isKicked && !this.#closing.signal.aborted) {
      this.#isKicked = false;
      for (;;) {
        const command = this.#handler.pollCommand(this.#time.now());
        for (const record of this.#handler.takeChanged()) await this.#save(record);
        if (command === undefined || this.#closing.signal.aborted) break;
        this.#perform(command);
      }
      const now = performance.now();
      if (this.#isConnected) this.#reports.send(now, () => this.#kick());
      // Reports first: what the server decides is then decided on them.
      if (!this.#reports.isSending && this.#finisher.pollAsk(now)) this.#track(this.#ask());
    }
    this.#scheduleTick();
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
        log.error({ cause: String(error) }, 'the journal cannot be written; trying again');
        await new Promise((resolve) => setTimeout(resolve, JOURNAL_RETRY_MILLISECONDS));
      }
    }
  }

  #perform(command: TaskCommand): void {
    const { runner, log } = this.#options;
    switch (command.type) {
      case 'plan':
        return this.#track(this.#plan(command.manifest));
      case 'listen':
        return this.#receptions.listen(this.#content(command.manifest.content.id), command.session);
      case 'fetch':
        return this.#receptions.fetch(this.#content(command.manifest.content.id), command.sources);
      case 'ready':
        return this.#receptions.sayReady(command.sessionId);
      case 'stopReception':
        return this.#receptions.stop(command.contentId);
      case 'verify':
        return this.#track(this.#verify(command.content));
      case 'execute':
        log.info({ taskId: command.manifest.taskId, kind: command.manifest.action.kind }, 'carrying out a task');
        return this.#track(this.#execute(command.manifest));
      case 'cancelExecution':
        return runner.cancel(command.taskId, command.attempt);
      case 'forget':
        return this.#track(this.#forget(command));
      case 'releaseContent':
        return this.#track(this.#release(command.contentId, command.isRetained));
      case 'ask':
        return this.#finisher.handleShort(performance.now(), command.waitMilliseconds);
      default:
        return command satisfies never;
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#logUnexpected(error))
      .finally(() => {
        this.#work.delete(tracked);
        this.#kick();
      });
    this.#work.add(tracked);
  }

  /** A mistake of ours: told with all that helps to find it; the agent goes on with everything else. */
  #logUnexpected(error: unknown): void {
    this.#options.log.error({ cause: error instanceof Error ? error.stack : String(error) }, 'unexpected error');
    this.#scheduleTick();
  }

  async #plan(manifest: Manifest): Promise<void> {
    const { runner, contents, log } = this.#options;
    const { taskId, attempt } = manifest;
    let answer: PlanAnswer;
    try {
      const content = await this.#openContent(manifest.content);
      answer = await runner.plan(manifest, content.bytesHeld);
      if (answer.decision === 'rejected' && answer.code === 'no_space') {
        // What is only kept for retries gives way.
        await contents.purge(this.#time.now(), true);
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
    const { log } = this.#options;
    let end: VerifyEnd;
    try {
      end = await this.#verdict(this.#content(description.id));
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      end = { outcome: 'failed', error: { code: 'io_error', message: String(error) } };
    }
    if (end.outcome !== 'verified')
      log.warn({ contentId: description.id, ...end }, 'the content is not as it should be');
    this.#handler.handleVerified(description.id, end);
  }

  async #verdict(content: StoredContent): Promise<VerifyEnd> {
    const { signal } = this.#closing;
    if ((await content.digest(signal)) === content.description.sha256) return { outcome: 'verified' };
    await content.rescan(signal);
    if (!content.isComplete) return { outcome: 'short' };
    const message = 'every leaf is right, and the SHA-256 of the whole is another than the manifest says';
    return { outcome: 'failed', error: { code: 'content_mismatch', message } };
  }

  async #execute(manifest: Manifest): Promise<void> {
    const { runner, log } = this.#options;
    const { taskId, attempt } = manifest;
    const result = await runner.execute(manifest, this.#content(manifest.content.id));
    const { output, ...shown } = result;
    log.info({ taskId, attempt, ...shown, outputBytes: output?.length ?? 0 }, 'carried out a task');
    this.#handler.handleExecuted(taskId, attempt, result);
  }

  async #forget(task: { readonly taskId: string; readonly attempt: number; readonly isLast: boolean }): Promise<void> {
    const { runner, journal } = this.#options;
    await journal.forget(task);
    if (task.isLast) await runner.forget(task.taskId);
  }

  async #release(contentId: string, isRetained: boolean): Promise<void> {
    this.#contents.delete(contentId);
    const now = this.#time.now();
    await this.#options.contents.release(contentId, isRetained ? now + RETAINED_CONTENT_MILLISECONDS_MAX : undefined);
    await this.#options.contents.purge(now);
  }

  async #ask(): Promise<void> {
    const { connection, contents, log } = this.#options;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const { signal } = asking;
      const answer = await connection.call(operations.requestCompletion, { body: this.#completionRequest(), signal });
      if (asking.signal.aborted) return;
      this.#time.handleTold(answer.serverTime);
      for (const decision of answer.decisions) this.#handleDecision(decision);
      const seconds = answer.retryAfterSeconds;
      this.#finisher.handleAnswered(performance.now(), seconds === undefined ? undefined : seconds * 1000);
      this.#track(contents.purge(this.#time.now()));
    } catch (error) {
      // Replaced by a newer request, or the connection is gone: no failure of its own.
      if (asking.signal.aborted) return;
      const wait = error instanceof ProblemError ? error.retryAfterMilliseconds : undefined;
      this.#finisher.handleFailed(performance.now(), wait);
      log.info({ cause: String(error) }, 'a completion request came to nothing');
    }
  }

  #handleDecision(decision: Parameters<typeof openDecision>[0]): void {
    const { log, deviceId } = this.#options;
    const { taskId, attempt } = decision;
    try {
      this.#handler.handleDecision(openDecision(decision, deviceId));
      log.debug({ taskId, attempt, decision: decision.decision }, 'the server decided');
    } catch (error) {
      log.error({ taskId, attempt, cause: String(error) }, 'a decision of the server cannot be followed');
    }
  }

  #completionRequest(): CompletionRequest {
    const open = this.#handler.openTasks().slice(0, limits.OPEN_TASKS_PER_DEVICE_MAX);
    return {
      held: open.map(({ taskId, attempt, content, sessionId }) => {
        const stored = this.#contents.get(content.id);
        const isTold = stored !== undefined && (stored.bytesHeld > 0 || content.size === 0);
        const missing = isTold ? coarsenLeafRanges(stored.missing(), limits.MISSING_RANGES_MAX) : undefined;
        return {
          taskId,
          attempt,
          contentId: content.id,
          ...(missing === undefined
            ? {}
            : { missing: missing.map(([first, count]) => [first, count] as [number, number]) }),
          ...(sessionId === undefined ? {} : { sessionId }),
        };
      }),
    };
  }

  async #openContent(description: ContentDescription): Promise<StoredContent> {
    const content = await this.#options.contents.open(description);
    this.#contents.set(description.id, content);
    return content;
  }

  /** Of a task that has been planned, and so has its content open. */
  #content(id: string): StoredContent {
    const content = this.#contents.get(id);
    if (content === undefined) throw new Error(`content ${id} is not open`);
    return content;
  }

  #figures(contentId: string): ReceptionFigures {
    const stored = this.#contents.get(contentId);
    if (stored === undefined) return NOTHING;
    const { bytesMulticast, bytesUnicast, lossRatio } = stored;
    return { bytesMulticast, bytesUnicast, ...(lossRatio === undefined ? {} : { lossRatio }) };
  }
}
