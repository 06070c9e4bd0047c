/**
 * Who did what: sees to it that each audited operation leaves its entry, and takes what the server does by itself.
 *
 * A success is in the same transaction as its change (`AuditScope`); one that changed nothing in the store is written
 * after it. Refusals are bounded (`RefusalTally`), heartbeats and check-ins of devices are no entries at all.
 */
import { isAudited, type AuditNote, type Operation, type ProblemCode } from '@rollcall/api';
import type { Problem } from '../core/problem.ts';
import type { Store } from '../core/ports.ts';
import { shorten } from '../core/shorten.ts';
import { auditDetails } from './audit-details.ts';
import { AuditScope } from './audit-scope.ts';
import { RefusalTally, type RefusedSource } from './refusal-tally.ts';

export interface AuditCall {
  readonly source: string;
  /** Undefined: nobody who was known before (a device that joins). */
  readonly caller: { readonly id: string; readonly name: string } | undefined;
  readonly params: unknown;
  readonly body: unknown;
}

export interface AuditLogPorts {
  readonly store: Store;
  readonly now: () => number;
  readonly monotonicNow: () => number;
  readonly onError: (error: unknown) => void;
}

export class AuditLog {
  readonly #ports: AuditLogPorts;
  readonly #refusals: RefusalTally;

  constructor(ports: AuditLogPorts) {
    this.#ports = ports;
    this.#refusals = new RefusalTally(ports.monotonicNow);
  }

  /** Answers an operation; when it has succeeded, its entry is on disk. */
  async answering<Result>(operation: Operation, call: AuditCall, answer: () => Promise<Result>): Promise<Result> {
    if (!isAudited(operation)) return answer();
    const { caller } = call;
    const scope = new AuditScope({
      at: this.#ports.now(),
      actor: caller === undefined ? undefined : actorOf(operation, caller),
      source: call.source,
      operation: operation.id,
      details: auditDetails(operation, call.params, call.body),
    });
    const result = await scope.run(answer);
    const { store } = this.#ports;
    if (scope.isOwed)
      await scope.settling(
        (work) => store.transact(work),
        async () => undefined,
      );
    return result;
  }

  /** An act of the server's own: its start and end, keys that it made. */
  async note(operation: string, details: AuditNote['details'] = {}): Promise<void> {
    await this.#append({ ...this.#byItself(operation), details, outcome: 'done' });
  }

  /** Somebody was turned away at a door. The first of a source is written at once, the rest later as their number. */
  noteRefusal(operation: string, source: string, { code, message }: Pick<Problem, 'code' | 'message'>): void {
    if (!REFUSALS.has(code)) return;
    const { begun, ended } = this.#refusals.note(source);
    for (const refused of ended) void this.#appendRefusals(refused);
    if (begun) void this.#appendRefusal(operation, source, { code, reason: shorten(message) });
  }

  /** Refusals whose window is over, or all of them. */
  async flush(isLast = false): Promise<void> {
    await Promise.all(this.#refusals.takeEnded(isLast).map((refused) => this.#appendRefusals(refused)));
  }

  #appendRefusals({ source, count }: RefusedSource): Promise<void> {
    return this.#appendRefusal('furtherRefusals', source, { count });
  }

  #appendRefusal(operation: string, source: string, details: AuditNote['details']): Promise<void> {
    const actor = { kind: 'unknown', id: null, name: null } as const;
    const note = { ...this.#byItself(operation), actor, source: shorten(source), details, outcome: 'refused' } as const;
    return this.#append(note).catch(this.#ports.onError);
  }

  #byItself(operation: string): Omit<AuditNote, 'details' | 'outcome'> {
    const actor = { kind: 'server', id: null, name: null } as const;
    return { at: this.#ports.now(), actor, source: null, operation, subjects: [], deviceCount: 0 };
  }

  async #append(note: AuditNote): Promise<void> {
    await this.#ports.store.transact((transactor) => transactor.appendAudit(note));
  }
}

function actorOf(
  { door }: Operation,
  { id, name }: { readonly id: string; readonly name: string },
): AuditNote['actor'] {
  return { kind: door === 'device' ? 'device' : 'operator', id, name };
}

/**
 * Problems by which somebody is turned away, as opposed to those of somebody who may ask and asked for the wrong thing; and
 * the one by which who may not see a device could find out its name.
 */
const REFUSALS: ReadonlySet<ProblemCode> = new Set([
  'unauthenticated',
  'link_void',
  'provider_refused',
  'no_role',
  'cross_site',
  'not_allowed',
  'name_taken',
  'device_removed',
  'token_unknown',
  'token_used_up',
]);
