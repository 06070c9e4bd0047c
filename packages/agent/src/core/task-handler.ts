import { type CompletionDecision, limits, type Manifest, type Report } from '@rollcall/api';
import { ASK_RETRY_MILLISECONDS_MAX, ASK_RETRY_MILLISECONDS_MIN } from '../limits.ts';
import { ContentActivities } from './content-activities.ts';
import type {
  ContentView,
  ExecutionResult,
  OpenTask,
  PlanAnswer,
  ReceptionEnd,
  TaskCommand,
  VerifyEnd,
} from './task-command.ts';
import { byPrecedence, Task } from './task.ts';
import type { TaskRecord } from './task-record.ts';

type Decided<Name extends CompletionDecision['decision']> = Extract<CompletionDecision, { decision: Name }>;

/** A decision that brings or may bring a manifest. */
type FollowedDecision =
  | (Decided<'join'> & { readonly opened: Manifest })
  | (Decided<'fetch'> & { readonly opened: Manifest })
  | (Decided<'execute'> & { readonly opened: Manifest })
  | (Decided<'wait'> & { readonly opened?: Manifest });

/** How an attempt that is not begun ends. */
export type UnbegunEnd = Pick<Report, 'state' | 'error' | 'isAlreadyPresent'>;

/** A decision of the server, its manifest opened and checked. */
export type OpenedDecision = Decided<'done'> | Decided<'cancelled'> | FollowedDecision;

/**
 * What this device does about each of its tasks: plan, receive, verify, carry out, report; receptions overlap,
 * one action runs at a time, by weight and then by age.
 *
 * How to drive it: give it what happened (`handle…`); then poll command after command, and before each is done write
 * the records of `takeChanged` durably and say `handleSaved`; then send `reportsToSend` and say `handleAcknowledged`.
 * So nothing is begun or told before it is on disk.
 */
export class TaskHandler {
  readonly #tasks = new Map<string, Task>();
  readonly #commands: TaskCommand[] = [];
  readonly #contents: ContentView;
  readonly #activities = new ContentActivities();
  /**
   * Highest attempt of tasks that ended here since the server was last asked: an answer that it gave before it knew must
   * not begin them anew. What it says when asked again it says in the knowledge of their ends.
   */
  readonly #forgotten = new Map<string, number>();
  /** Of attempts that are not begun, by attempt. */
  readonly #unbegun = new Map<string, Report>();
  #executing: Task | undefined;
  /** Receptions that ended short in a row without a byte of progress, by content: what is asked again is asked ever later. */
  readonly #idleEnds = new Map<string, { count: number; bytes: number }>();

  constructor(contents: ContentView) {
    this.#contents = contents;
  }

  /** At the start, once: what the journal held. */
  restore(records: readonly TaskRecord[]): void {
    for (const record of records) this.#tasks.set(keyOf(record.manifest), Task.restore(record));
    this.#advance();
  }

  /** The server is being asked; an answer to an earlier request is not heard any more. */
  handleAsking(): void {
    this.#forgotten.clear();
  }

  /** The server's answer. A task that it does not name keeps doing what it does. */
  handleDecision(decided: OpenedDecision): void {
    const current = this.#current(decided.taskId);
    // An older attempt is a late answer: the replay guard of one task is its highest attempt.
    if (current !== undefined && decided.attempt < current.attempt) return;
    if (decided.attempt <= (this.#forgotten.get(decided.taskId) ?? 0)) return;
    if (decided.decision === 'done' || decided.decision === 'cancelled') {
      // An attempt that this device never heard of may have ended as well: what it still does is older.
      if (current !== undefined) this.#end(current, decided.decision);
    } else if (decided.opened !== undefined) {
      const task = this.#taskFor(decided.opened, decided.sequence ?? 0, current);
      if (task?.isOpen === true) this.#follow(task, decided);
    }
    this.#advance();
  }

  /** This attempt is here, whatever has become of it: what comes anew about it can only be about the same. */
  has(taskId: string, attempt: number): boolean {
    return this.#tasks.has(keyOf({ taskId, attempt }));
  }

  /**
   * Reports an attempt that is not begun. Such a report stands for nothing on disk: if it gets lost with this process,
   * the server offers the attempt again, and it is not begun again.
   *
   * @param sequence of the newest report of this attempt that the server says it has
   */
  reportUnbegun(named: { readonly taskId: string; readonly attempt: number }, sequence: number, end: UnbegunEnd): void {
    const { taskId, attempt } = named;
    if (this.#unbegun.size >= limits.OPEN_TASKS_PER_DEVICE_MAX) return;
    const report = { taskId, attempt, sequence: sequence + 1, bytesMulticast: 0, bytesUnicast: 0, ...end };
    this.#unbegun.set(keyOf(named), report);
  }

  handlePlanned(taskId: string, attempt: number, answer: PlanAnswer): void {
    const task = this.#tasks.get(keyOf({ taskId, attempt }));
    if (task?.plan !== 'running' || !task.isOpen) return;
    if (answer.decision === 'perform') {
      task.plan = 'accepted';
    } else if (this.#isBehindItsApplication(task)) {
      // An update of what is being installed just now, most likely.
      task.plan = 'postponed';
    } else if (answer.decision === 'already_present') {
      const version = answer.version === undefined ? {} : { version: answer.version };
      this.#finish(task, 'succeeded', { isAlreadyPresent: true, ...version });
    } else {
      this.#finish(task, 'rejected', { error: { code: answer.code, message: answer.message } });
    }
    this.#advance();
  }

  handleReceptionEnded(contentId: string, end: ReceptionEnd): void {
    const wasStopped = this.#activities.end(contentId);
    if (end.outcome === 'failed') {
      for (const task of this.#waitingFor(contentId)) this.#finish(task, 'failed', { error: end.error });
    }
    this.#releaseIfUnused(contentId);
    this.#advance();
    if (end.outcome === 'short' && !wasStopped) this.#askIfIdle(contentId, end.waitMilliseconds);
  }

  handleVerified(contentId: string, end: VerifyEnd): void {
    this.#activities.end(contentId);
    if (end.outcome === 'verified') this.#activities.setVerified(contentId);
    if (end.outcome === 'failed') {
      for (const task of this.#waitingFor(contentId)) this.#finish(task, 'failed', { error: end.error });
    }
    this.#releaseIfUnused(contentId);
    this.#advance();
    if (end.outcome === 'short') this.#askIfIdle(contentId);
  }

  handleExecuted(taskId: string, attempt: number, result: ExecutionResult): void {
    const task = this.#tasks.get(keyOf({ taskId, attempt }));
    if (task === undefined || task !== this.#executing) return;
    this.#executing = undefined;
    const output = result.output === undefined ? {} : { output: result.output };
    const exitCode = result.exitCode === undefined ? {} : { exitCode: result.exitCode };
    if (result.outcome === 'succeeded') {
      const { bytesMulticast, bytesUnicast } = this.#contents.figures(task.contentId);
      // A repeated attempt that finds its own work done did receive the content: that is no "already present".
      const wasThere = result.alreadyPresent === true && bytesMulticast + bytesUnicast === 0;
      const version = result.version === undefined ? {} : { version: result.version };
      this.#finish(task, 'succeeded', {
        ...(wasThere ? { isAlreadyPresent: true } : {}),
        ...version,
        ...exitCode,
        ...output,
      });
    } else {
      const error = { code: result.code, message: result.message };
      this.#finish(task, result.outcome, { error, ...exitCode, ...output });
    }
    // What cancelled it may be a later attempt, which was held back by this one.
    if (task.isCancelled) this.#ask(0);
    this.#advance();
  }

  /** The task that is being carried out wants the content's file itself: it may when no other open task needs it. */
  lendContent(taskId: string, attempt: number): boolean {
    const task = this.#tasks.get(keyOf({ taskId, attempt }));
    if (task === undefined || task !== this.#executing) return false;
    if (this.#open().some((other) => other !== task && other.contentId === task.contentId)) return false;
    this.#activities.setDoubtful(task.contentId);
    return true;
  }

  /** The server has these reports on disk, or does not want them. */
  handleAcknowledged(reports: readonly Report[]): void {
    for (const report of reports) {
      this.#tasks.get(keyOf(report))?.acknowledge(report.sequence);
      this.#dropUnbegun(report);
    }
    this.#advance();
  }

  /** The server cannot read this report, sent alone. */
  handleRefused(report: Report): void {
    this.#tasks.get(keyOf(report))?.handleRefused(report);
    this.#dropUnbegun(report);
    this.#advance();
  }

  /** Records newer than what is on disk. */
  takeChanged(): TaskRecord[] {
    return [...this.#tasks.values()].flatMap((task) => task.takeChanged() ?? []);
  }

  handleSaved(record: TaskRecord): void {
    this.#tasks.get(keyOf(record.manifest))?.handleSaved(record.sequence);
  }

  /** What is to be done now. `utc` is the best guess of the server's time: an expired task is not begun. */
  pollCommand(utc: number): TaskCommand | undefined {
    if (this.#commands.length === 0) this.#executeNext(utc);
    return this.#commands.shift();
  }

  /** Ascending within each attempt; only what is on disk. */
  reportsToSend(limit: number): Report[] {
    const ofTasks = [...this.#tasks.values()].flatMap((task) => task.reportsToSend());
    return [...ofTasks, ...this.#unbegun.values()].slice(0, limit);
  }

  openTasks(): OpenTask[] {
    return this.#open().map((task) => {
      const { id: taskId, attempt } = task;
      const activity = this.#activities.of(task.contentId);
      const isListening = activity?.type === 'session' && activity.taskId === taskId;
      return {
        taskId,
        attempt,
        content: task.manifest.content,
        ...(isListening ? { sessionId: activity.sessionId } : {}),
      };
    });
  }

  /** The task that a decision is about, made when it is new; none while an earlier attempt is still being carried out. */
  #taskFor(manifest: Manifest, sequence: number, current: Task | undefined): Task | undefined {
    if (current?.attempt === manifest.attempt) {
      current.goOnAbove(sequence);
      return current;
    }
    if (current !== undefined && current === this.#executing) {
      this.#cancelExecution(current);
      return undefined;
    }
    if (current?.isOpen === true) this.#drop(current);
    const task = Task.begin(manifest, sequence);
    this.#tasks.set(keyOf(manifest), task);
    return task;
  }

  #dropUnbegun(report: Report): void {
    if (this.#unbegun.get(keyOf(report)) === report) this.#unbegun.delete(keyOf(report));
  }

  #follow(task: Task, decided: FollowedDecision): void {
    const activity = this.#activities.of(task.contentId);
    if (decided.decision === 'join') {
      const { session } = decided;
      if (activity === undefined || activity.type === 'verify') {
        task.wish = { type: 'listen', session };
      } else if (activity.type === 'session' && activity.taskId === task.id) {
        if (activity.sessionId === session.sessionId) {
          this.#commands.push({ type: 'ready', sessionId: session.sessionId });
        } else {
          task.wish = { type: 'listen', session };
          this.#stopReception(task.contentId);
        }
      }
      // Another task's session or a fetch brings the same content: two writers of one file are never allowed.
    } else if (decided.decision === 'fetch' && activity?.type !== 'fetch') {
      task.wish = { type: 'fetch', sources: decided.sources };
      if (activity?.type === 'session') this.#stopReception(task.contentId);
    }
  }

  #end(task: Task, decision: 'done' | 'cancelled'): void {
    if (!task.isOpen) return;
    if (task === this.#executing) {
      // The row may have ended by a timer while the action runs: its true result is still wanted.
      if (decision === 'cancelled') this.#cancelExecution(task);
    } else if (decision === 'cancelled') {
      const message = 'cancelled before it was carried out';
      this.#finish(task, 'cancelled', { error: { code: 'cancelled', message } });
    } else {
      this.#drop(task);
    }
  }

  #cancelExecution(task: Task): void {
    if (task.isCancelled) return;
    task.isCancelled = true;
    this.#commands.push({ type: 'cancelExecution', taskId: task.id, attempt: task.attempt });
  }

  #finish(task: Task, state: Report['state'], details: Parameters<Task['report']>[2]): void {
    task.report(state, this.#contents.figures(task.contentId), details);
    this.#leave(task, state !== 'succeeded');
  }

  #drop(task: Task): void {
    this.#leave(task, true);
  }

  #leave(task: Task, isRetained: boolean): void {
    task.enter('ended');
    task.wish = undefined;
    this.#activities.retain(task.contentId, isRetained);
    this.#releaseIfUnused(task.contentId);
  }

  #releaseIfUnused(contentId: string): void {
    if (this.#open().some((task) => task.contentId === contentId)) return;
    const activity = this.#activities.of(contentId);
    if (activity?.type === 'verify') return;
    if (activity !== undefined) {
      this.#stopReception(contentId);
      return;
    }
    const isRetained = this.#activities.forget(contentId);
    if (isRetained === undefined) return;
    this.#idleEnds.delete(contentId);
    this.#commands.push({ type: 'releaseContent', contentId, isRetained });
  }

  #stopReception(contentId: string): void {
    if (this.#activities.stop(contentId)) this.#commands.push({ type: 'stopReception', contentId });
  }

  #ask(waitMilliseconds: number): void {
    this.#commands.push({ type: 'ask', waitMilliseconds });
  }

  /** Something is missing, and nothing is going on that would bring it. */
  #askIfIdle(contentId: string, waitMilliseconds = 0): void {
    if (this.#activities.of(contentId) !== undefined || this.#waitingFor(contentId).length === 0) return;
    this.#ask(Math.max(waitMilliseconds, this.#backOff(contentId)));
  }

  #backOff(contentId: string): number {
    const { bytesMulticast, bytesUnicast } = this.#contents.figures(contentId);
    const bytes = bytesMulticast + bytesUnicast;
    const last = this.#idleEnds.get(contentId);
    const count = last?.bytes === bytes ? last.count + 1 : 0;
    this.#idleEnds.set(contentId, { count, bytes });
    if (count === 0) return 0;
    return Math.min(ASK_RETRY_MILLISECONDS_MIN * 2 ** Math.min(count - 1, 20), ASK_RETRY_MILLISECONDS_MAX);
  }

  #advance(): void {
    for (const task of [...this.#tasks.values()].sort(byPrecedence)) {
      if (task.isOpen) this.#advanceTask(task);
      else if (!task.hasReports) this.#forget(task);
    }
  }

  #advanceTask(task: Task): void {
    const { manifest, contentId } = task;
    if (task.plan === 'postponed' && !this.#isBehindItsApplication(task)) task.plan = 'wanted';
    if (task.plan === 'wanted') {
      task.plan = 'running';
      this.#commands.push({ type: 'plan', manifest });
    }
    if (!task.isWaitingForContent) return;
    if (this.#activities.isVerified(contentId)) {
      task.wish = undefined;
      task.enter('received');
      task.report('received', this.#contents.figures(contentId));
      return;
    }
    if (this.#activities.of(contentId) !== undefined) return;
    if (this.#contents.isComplete(manifest.content)) {
      this.#activities.begin(contentId, { type: 'verify' });
      this.#commands.push({ type: 'verify', content: manifest.content });
      return;
    }
    const { wish } = task;
    if (wish === undefined) return;
    task.wish = undefined;
    if (wish.type === 'listen') {
      this.#activities.begin(contentId, { type: 'session', taskId: task.id, sessionId: wish.session.sessionId });
      this.#commands.push({ type: 'listen', manifest, session: wish.session });
    } else {
      this.#activities.begin(contentId, { type: 'fetch' });
      this.#commands.push({ type: 'fetch', manifest, sources: wish.sources });
    }
    // Told at every beginning: after a silence the server has put the delivery back into its queue.
    task.enter('receiving');
    task.report('receiving', this.#contents.figures(contentId));
  }

  #executeNext(utc: number): void {
    if (this.#executing !== undefined) return;
    const due = this.#open().filter(({ manifest }) => manifest.expiresAt > utc && manifest.notBefore <= utc);
    const begun = due.find((task) => task.isBegun && this.#hasContent(task));
    // What it was interrupted in goes on first; it lacks no more than a look at its content.
    if (begun !== undefined && begun.stage !== 'received') return;
    const next =
      begun ??
      due.filter((task) => task.stage === 'received' && !this.#isBehindAnotherBatch(task)).sort(byPrecedence)[0];
    if (next === undefined) return;
    this.#executing = next;
    next.enter('executing');
    next.report('executing', this.#contents.figures(next.contentId));
    this.#commands.push({ type: 'execute', manifest: next.manifest });
  }

  #hasContent({ stage, manifest: { content } }: Task): boolean {
    return stage === 'received' || this.#contents.isComplete(content);
  }

  /** A batch waits for all earlier ones of its channel, whether they are still to be received or to be carried out. */
  #isBehindAnotherBatch({ manifest: { action } }: Task): boolean {
    if (action.kind !== 'batch') return false;
    return this.#open().some(({ manifest: { action: other } }) => {
      return other.kind === 'batch' && other.channel === action.channel && other.sequence < action.sequence;
    });
  }

  /** Another task installs or updates the same application, and is carried out before. */
  #isBehindItsApplication(task: Task): boolean {
    const app = applicationOf(task);
    if (app === undefined) return false;
    return this.#open().some(
      (other) =>
        other.id !== task.id &&
        applicationOf(other) === app &&
        (other === this.#executing || byPrecedence(other, task) < 0),
    );
  }

  #forget(task: Task): void {
    this.#tasks.delete(keyOf(task.manifest));
    this.#forgotten.set(task.id, Math.max(task.attempt, this.#forgotten.get(task.id) ?? 0));
    const isLast = this.#current(task.id) === undefined;
    this.#commands.push({ type: 'forget', taskId: task.id, attempt: task.attempt, isLast });
  }

  #waitingFor(contentId: string): Task[] {
    return this.#open().filter((task) => task.contentId === contentId && task.isWaitingForContent);
  }

  #open(): Task[] {
    return [...this.#tasks.values()].filter((task) => task.isOpen);
  }

  /** The highest attempt that is known. */
  #current(taskId: string): Task | undefined {
    let found: Task | undefined;
    for (const task of this.#tasks.values()) {
      if (task.id === taskId && task.attempt > (found?.attempt ?? 0)) found = task;
    }
    return found;
  }
}

function applicationOf({ manifest: { action } }: Task): string | undefined {
  return action.kind === 'install' || action.kind === 'update' ? action.app : undefined;
}

function keyOf(task: { readonly taskId: string; readonly attempt: number }): string {
  return `${task.taskId}#${task.attempt}`;
}
