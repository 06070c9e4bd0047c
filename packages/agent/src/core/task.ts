import { type DeliveryError, limits, type Manifest, type Report, type SessionDescription } from '@rollcall/api';
import type { FetchSource, ReceptionFigures } from './task-command.ts';
import type { TaskRecord, TaskStage } from './task-record.ts';

/** What the server decided and could not be begun at once. */
export type Wish =
  | { readonly type: 'listen'; readonly session: SessionDescription }
  | { readonly type: 'fetch'; readonly sources: readonly FetchSource[] };

export interface ReportDetails {
  readonly isAlreadyPresent?: boolean;
  readonly version?: string;
  readonly error?: DeliveryError;
  readonly exitCode?: number;
  readonly output?: string;
}

/** One attempt at one task, in memory: its record and what a restart begins anew. */
export class Task {
  readonly manifest: Manifest;
  stage: TaskStage;
  /** `postponed`: what another task is about to change decided, so it is planned again after that one. */
  plan: 'wanted' | 'running' | 'postponed' | 'accepted';
  wish: Wish | undefined;
  isCancelled = false;
  /** The end is being told in the barest words. */
  #isBare = false;
  #isBegun: boolean;
  #sequence: number;
  #reports: Report[];
  /** Sequence up to which reports are on disk; -1 while not even the record is. */
  #savedSequence: number;
  #isChanged: boolean;

  private constructor(record: TaskRecord, isSaved: boolean) {
    this.manifest = record.manifest;
    this.stage = record.stage;
    this.plan = 'wanted';
    this.#isBegun = record.isBegun ?? false;
    this.#sequence = record.sequence;
    this.#reports = [...record.reports];
    this.#savedSequence = isSaved ? record.sequence : -1;
    this.#isChanged = !isSaved;
  }

  /** @param sequence of the newest report of this attempt that the server has */
  static begin(manifest: Manifest, sequence: number): Task {
    return new Task({ manifest, stage: 'planned', sequence, reports: [] }, false);
  }

  /**
   * After a restart. What was being carried out is carried out again, by the same attempt: its handler knows how far
   * it came. Content counts as received only once its digest was compared again.
   */
  static restore(record: TaskRecord): Task {
    const task = new Task(record, true);
    if (task.stage === 'received' || task.stage === 'executing') {
      task.stage = 'receiving';
      task.plan = 'accepted';
    }
    return task;
  }

  get id(): string {
    return this.manifest.taskId;
  }

  get attempt(): number {
    return this.manifest.attempt;
  }

  get contentId(): string {
    return this.manifest.content.id;
  }

  get isOpen(): boolean {
    return this.stage !== 'ended';
  }

  get isWaitingForContent(): boolean {
    return (this.stage === 'planned' || this.stage === 'receiving') && this.plan === 'accepted';
  }

  /** Its action was begun, in this process or in one before. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  enter(stage: TaskStage): void {
    this.stage = stage;
    this.#isBegun ||= stage === 'executing';
    this.#isChanged = true;
  }

  report(state: Report['state'], figures: ReceptionFigures, { error, version, ...details }: ReportDetails = {}): void {
    this.#sequence += 1;
    this.#isChanged = true;
    this.#reports.push({
      taskId: this.id,
      attempt: this.attempt,
      sequence: this.#sequence,
      state,
      ...figures,
      ...details,
      ...(version === undefined ? {} : { version: version.slice(0, limits.NAME_LENGTH_MAX) }),
      ...(error === undefined
        ? {}
        : { error: { ...error, message: error.message.slice(0, limits.MESSAGE_LENGTH_MAX) } }),
    });
  }

  /** The server has heard more of this attempt than this device remembers: what is reported from now on must be newer. */
  goOnAbove(sequence: number): void {
    if (sequence <= this.#sequence) return;
    this.#sequence = sequence;
    this.#isChanged = true;
  }

  get hasReports(): boolean {
    return this.#reports.length > 0;
  }

  /** Reports that are on disk and not acknowledged. */
  reportsToSend(): readonly Report[] {
    return this.#reports.filter((report) => report.sequence <= this.#savedSequence);
  }

  acknowledge(sequence: number): void {
    const left = this.#reports.filter((report) => report.sequence > sequence);
    if (left.length === this.#reports.length) return;
    this.#reports = left;
    this.#isChanged = true;
  }

  /** An end must be told, or the row stays open: once more, in no more words than it takes. */
  handleRefused({ sequence, state, error, bytesMulticast, bytesUnicast }: Report): void {
    const isLast = sequence === this.#reports.at(-1)?.sequence;
    this.acknowledge(sequence);
    if (this.isOpen || !isLast || this.#isBare) return;
    this.#isBare = true;
    const bare = { code: 'report_refused', message: 'the server did not take what this device had to say of the end' };
    this.report(state, { bytesMulticast, bytesUnicast }, error === undefined ? {} : { error: bare });
  }

  /** The record, if what is on disk is older. */
  takeChanged(): TaskRecord | undefined {
    if (!this.#isChanged) return undefined;
    this.#isChanged = false;
    return {
      manifest: this.manifest,
      stage: this.stage,
      ...(this.#isBegun ? { isBegun: true } : {}),
      sequence: this.#sequence,
      reports: [...this.#reports],
    };
  }

  handleSaved(sequence: number): void {
    this.#savedSequence = Math.max(this.#savedSequence, sequence);
  }
}

/** A heavier task first, then the older one; the id makes the order the same on every device. */
export function byPrecedence(left: Task, right: Task): number {
  return (
    right.manifest.weight - left.manifest.weight ||
    left.manifest.createdAt - right.manifest.createdAt ||
    (left.id < right.id ? -1 : 1)
  );
}
