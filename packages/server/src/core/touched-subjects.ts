/** What a transaction changed, for its entry in the audit log: the first subjects by name, and how many devices. */
import type { AuditSubject } from '@rollcall/api';
import { AUDIT_SUBJECTS_MAX } from '../limits.ts';
import { shorten } from './shorten.ts';

export type SubjectKind =
  'task' | 'device' | 'operator' | 'sign-in' | 'join-token' | 'certificate' | 'content' | 'webhook';

export class TouchedSubjects {
  readonly #subjects = new Map<string, AuditSubject>();
  readonly #deviceIds = new Set<string>();
  #targetCount = 0;
  #plannedCount = 0;
  #isWholeTask = false;

  note(kind: SubjectKind, id: string, name: string | null = null): void {
    if (kind === 'device') this.#deviceIds.add(id);
    const key = `${kind} ${id}`;
    const known = this.#subjects.get(key);
    if (known === undefined && this.#subjects.size >= AUDIT_SUBJECTS_MAX) return;
    // An address of a webhook may be longer than what an entry takes.
    this.#subjects.set(key, { kind, id, name: name === null ? (known?.name ?? null) : shorten(name) });
  }

  noteTask(task: { readonly id: string; readonly name: string; readonly targetCount: number }, isNew = false): void {
    this.note('task', task.id, task.name);
    this.#targetCount = task.targetCount;
    this.#isWholeTask ||= isNew;
  }

  /** This is the first of several transactions, which will change so many devices together. */
  planDevices(count: number): void {
    this.#plannedCount = count;
  }

  get subjects(): readonly AuditSubject[] {
    return [...this.#subjects.values()];
  }

  /** The devices that were changed; where a task is new or was changed as a whole, its targets. */
  get deviceCount(): number {
    const changedCount = Math.max(this.#deviceIds.size, this.#plannedCount);
    return this.#isWholeTask || changedCount === 0 ? this.#targetCount : changedCount;
  }
}
