import { deliveryTransitions, type Report } from '@rollcall/api';
import { REPLAY_ENTRIES_MAX } from '../../limits.ts';
import type { TaskRecord } from '../task-record.ts';

/** What is remembered of a task until its manifest expires. */
export interface ReplayEntry {
  readonly taskId: string;
  /** The highest that was accepted. */
  readonly attempt: number;
  readonly expiresAt: number;
  /** How that attempt ended on this device; absent: it goes on, or the server called it off. */
  readonly end?: Report['state'];
}

export type ReplayVerdict =
  /** It is new, or known and to be gone on with: the server sends it as often as it likes. */
  | { readonly verdict: 'accepted' }
  /** A later attempt was accepted. */
  | { readonly verdict: 'replayed'; readonly attempt: number }
  /** This very attempt has ended here. */
  | { readonly verdict: 'ended'; readonly end: Report['state'] };

/**
 * Keeps what was signed once from being used again. There is no order across tasks: each has its own highest attempt, so
 * that tasks may come and end in any order.
 *
 * Whoever drives it makes its memory durable: an attempt that goes on is remembered by the task's record, one that
 * ended by the entry that `entryToKeep` gives, which is on disk before the end is told.
 */
export class ReplayGuard {
  readonly #entries = new Map<string, ReplayEntry>();
  readonly #kept = new Map<string, ReplayEntry>();

  /** @param kept what is on disk, in the order in which it was written */
  constructor(kept: Iterable<ReplayEntry> = []) {
    for (const entry of kept) {
      this.#note(entry);
      this.handleKept(entry);
    }
  }

  judge({ taskId, attempt }: { readonly taskId: string; readonly attempt: number }): ReplayVerdict {
    const known = this.#entries.get(taskId);
    if (known === undefined || attempt > known.attempt) return { verdict: 'accepted' };
    if (attempt < known.attempt) return { verdict: 'replayed', attempt: known.attempt };
    return known.end === undefined ? { verdict: 'accepted' } : { verdict: 'ended', end: known.end };
  }

  /** A task's record is on disk. Gives what has to be kept beyond it, if that is not on disk yet. */
  entryToKeep({ manifest: { taskId, attempt, expiresAt }, stage, reports }: TaskRecord): ReplayEntry | undefined {
    const last = reports.at(-1)?.state;
    const end = stage === 'ended' && last !== undefined && deliveryTransitions.isTerminal(last) ? { end: last } : {};
    this.#note({ taskId, attempt, expiresAt, ...end });
    const entry = this.#entries.get(taskId);
    return stage === 'ended' && entry?.attempt === attempt && entry !== this.#kept.get(taskId) ? entry : undefined;
  }

  handleKept(entry: ReplayEntry): void {
    this.#kept.set(entry.taskId, entry);
  }

  /** Forgets what is refused as expired anyway. */
  expire(utc: number): void {
    const entries = this.entries();
    const surplus = entries.length - REPLAY_ENTRIES_MAX;
    entries.sort((left, right) => left.expiresAt - right.expiresAt);
    for (const [index, { taskId, expiresAt }] of entries.entries()) {
      if (expiresAt > utc && index >= surplus) break;
      this.#entries.delete(taskId);
      this.#kept.delete(taskId);
    }
  }

  entries(): ReplayEntry[] {
    return [...this.#entries.values()];
  }

  #note(entry: ReplayEntry): void {
    const known = this.#entries.get(entry.taskId);
    if (known !== undefined && entry.attempt < known.attempt) return;
    // A record whose reports were all taken does not say any more how it ended.
    if (known?.attempt === entry.attempt && (entry.end === undefined || known.end === entry.end)) return;
    this.#entries.set(entry.taskId, entry);
  }
}
