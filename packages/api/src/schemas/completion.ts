/**
 * The completion request and its answer: the device calls with what it holds, the server searches the task status table
 * and answers per task what to do. The industry's name is file repair (3GPP TS 26.346 §9).
 *
 * It is also how a device learns of its tasks at all: a wake-up on the event stream only says "ask".
 */
import { Type, type Static } from 'typebox';
import { OPEN_TASKS_PER_DEVICE_MAX } from '../limits.ts';
import { LeafRanges } from './content.ts';
import { Envelope } from './envelope.ts';
import { Id, Sha256Hex } from './scalars.ts';
import { Nonce } from './server-time.ts';
import { SessionDescription } from './session.ts';

export const HeldContent = Type.Object({
  taskId: Id,
  attempt: Type.Integer({ minimum: 1 }),
  contentId: Sha256Hex,
  /** What is missing, in leaves; absent: everything; empty: nothing. */
  missing: Type.Optional(LeafRanges),
  /** The device listens to this session just now and does not need another decision while it runs. */
  sessionId: Type.Optional(Id),
});
export type HeldContent = Static<typeof HeldContent>;

export const CompletionRequest = Type.Object({
  /** Open tasks that the device knows; it is told of those that it does not know in any case. */
  held: Type.Array(HeldContent, { maxItems: OPEN_TASKS_PER_DEVICE_MAX }),
  /** Comes back in the answer's time: what the answer brings is judged by that. */
  nonce: Nonce,
});
export type CompletionRequest = Static<typeof CompletionRequest>;

const decisionFields = { taskId: Id, attempt: Type.Integer({ minimum: 1 }) };

/**
 * `manifest`: signed, and so the same in every answer of one attempt. `sequence`: of the newest report of this attempt
 * that the server has; a device that lost its journal, or refuses the manifest, goes on above it.
 */
const manifestFields = {
  ...decisionFields,
  manifest: Envelope,
  sequence: Type.Integer({ minimum: 0 }),
};

export const CompletionDecision = Type.Union([
  /** The row says that it is done, or the server does not know the task: forget it. */
  Type.Object({ ...decisionFields, decision: Type.Literal('done') }),
  Type.Object({ ...decisionFields, decision: Type.Literal('cancelled') }),
  /** Listen to this session; say `ready` when listening. */
  Type.Object({
    ...manifestFields,
    decision: Type.Literal('join'),
    session: SessionDescription,
  }),
  /** A slot is yours: fetch what is missing from any of these sources, in this order. */
  Type.Object({
    ...manifestFields,
    decision: Type.Literal('fetch'),
    sources: Type.Array(Type.Object({ kind: Type.Enum(['server', 'relay', 's3']), url: Type.String() }), {
      minItems: 1,
      maxItems: 16,
    }),
    /** The slot is lost when nothing was fetched for so long. */
    leaseSeconds: Type.Integer({ minimum: 1 }),
  }),
  /** Nothing is missing: carry it out. */
  Type.Object({ ...manifestFields, decision: Type.Literal('execute') }),
  /** Ask again then. */
  Type.Object({
    ...decisionFields,
    decision: Type.Literal('wait'),
    reason: Type.Enum(['slots_taken', 'multicast_running', 'multicast_planned', 'paused', 'not_before']),
    retryAfterSeconds: Type.Integer({ minimum: 1 }),
    manifest: Type.Optional(Envelope),
    sequence: Type.Optional(manifestFields.sequence),
  }),
]);
export type CompletionDecision = Static<typeof CompletionDecision>;

export const CompletionAnswer = Type.Object({
  decisions: Type.Array(CompletionDecision),
  /** Soonest time at which asking again makes sense; the `Retry-After` header says the same. */
  retryAfterSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
  /** `ServerTime`, signed, with the nonce of the request. */
  time: Envelope,
});
export type CompletionAnswer = Static<typeof CompletionAnswer>;
