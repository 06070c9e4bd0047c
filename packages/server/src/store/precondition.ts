/**
 * `If-Match` (RFC 9110 §13.1.1): a change is made only if what it changes is still as its caller has seen it.
 *
 * Goes along with the request (AsyncLocalStorage), and is looked at within the transaction that makes the change, where
 * nothing can come between.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { canonicalJson, type Device, type TaskSummary, type Webhook } from '@rollcall/api';
import { Problem } from '../core/problem.ts';

/** What operators change. Presence and progress move all the time, and are no reason to refuse a change. */
const TAGGED = {
  device: ({ id, name, labels }: Pick<Device, 'id' | 'name' | 'labels'>) => ({ id, name, labels }),
  task: ({ id, state, outcome, finishedAt }: Pick<TaskSummary, 'id' | 'state' | 'outcome' | 'finishedAt'>) => ({
    id,
    state,
    outcome,
    finishedAt,
  }),
  webhook: ({ id, url, events, description, enabled }: TaggedWebhook) => ({ id, url, events, description, enabled }),
};

type TaggedWebhook = Pick<Webhook, 'id' | 'url' | 'description' | 'enabled'> & {
  readonly events: readonly Webhook['events'][number][];
};

export type Tagged = keyof typeof TAGGED;

/** The entity tag of a device, a task or a webhook, as a record or as the API shows it. */
export function entityTag<Kind extends Tagged>(kind: Kind, shown: Parameters<(typeof TAGGED)[Kind]>[0]): string {
  const text = canonicalJson(TAGGED[kind](shown as never));
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, TAG_LENGTH)}"`;
}

export class Precondition {
  static readonly #current = new AsyncLocalStorage<Precondition>();
  readonly #wanted: ReadonlySet<string>;
  #isOwed = true;

  /** @param ifMatch the header's value: one or more tags, or `*` */
  constructor(ifMatch: string) {
    this.#wanted = new Set(ifMatch.split(',').map((tag) => tag.trim()));
  }

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return Precondition.#current.run(this, work);
  }

  /** Called with what is about to be changed; the first change of a request is the one that it asked for. */
  static check<Kind extends Tagged>(kind: Kind, before: Parameters<(typeof TAGGED)[Kind]>[0]): void {
    const precondition = Precondition.#current.getStore();
    if (precondition === undefined || !precondition.#isOwed) return;
    const wanted = precondition.#wanted;
    if (!wanted.has('*') && !wanted.has(entityTag(kind, before))) {
      throw new Problem('precondition_failed', `this ${kind} is not as it was when you read it: read it again`);
    }
    precondition.#isOwed = false;
  }
}

const TAG_LENGTH = 22;
