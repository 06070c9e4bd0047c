/** A task as operators create and see it. */
import { Type, type Static } from 'typebox';
import { SELECTOR_LENGTH_MAX, WEIGHT_MAX } from '../limits.ts';
import { TASK_OUTCOMES, TASK_PHASES, TASK_STATES } from '../states/task.ts';
import { Action, RequestedAction, TASK_KINDS } from './action.ts';
import { ContentDescription } from './content.ts';
import { Delivery, DeliveryCounts } from './delivery.ts';
import { ByteCount, Id, nullable, oneOf, Sha256Hex, Timestamp } from './scalars.ts';
import { TASK_MODES } from './session.ts';

const TaskName = Type.String({ minLength: 1, maxLength: 256 });

export const TaskPolicy = Type.Object({
  mode: oneOf(TASK_MODES),
  weight: Type.Integer({ minimum: 0, maximum: WEIGHT_MAX }),
  /** Bits per second; absent: the server's rate. */
  rateBitsPerSecond: Type.Optional(Type.Integer({ minimum: 8000 })),
  platform: Type.Optional(Type.String({ maxLength: 64, pattern: '^[a-z0-9]+/[a-z0-9_]+$' })),
  timeoutSeconds: Type.Integer({ minimum: 1 }),
  expiresAt: Timestamp,
  /** The multicast starts when so many targets are ready, as a share of those online or as a number … */
  startWhen: Type.Union([
    Type.Object({ share: Type.Number({ minimum: 0, maximum: 1 }) }),
    Type.Object({ count: Type.Integer({ minimum: 0 }) }),
  ]),
  /** … or when so many milliseconds have gone by. */
  maxWaitMs: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
});
export type TaskPolicy = Static<typeof TaskPolicy>;

export const CreateTaskRequest = Type.Object({
  name: Type.Optional(TaskName),
  action: RequestedAction,
  contentId: Sha256Hex,
  target: Type.String({ minLength: 1, maxLength: SELECTOR_LENGTH_MAX }),
  /** What is left out is the server's default. */
  policy: Type.Optional(Type.Partial(TaskPolicy)),
});
export type CreateTaskRequest = Static<typeof CreateTaskRequest>;

export const SessionSummary = Type.Object({
  id: Id,
  site: Id,
  mode: Type.Enum(['multicast', 'broadcast']),
  state: Type.Enum(['announcing', 'sending', 'ended', 'failed']),
  startedAt: nullable(Timestamp),
  endedAt: nullable(Timestamp),
  /** UDP payload bytes that the sender put on the wire, all messages. */
  bytesSent: ByteCount,
  /** Those of them that were repair. */
  repairBytes: ByteCount,
  /**
   * Devices that it left to unicast, so that they did not hold up the others: `loss`: each loses far more than the rest;
   * `demand`: alone, it went on asking for more repair than it can have lacked, or than most of the others did; `poisoned`:
   * somebody who has the session's key sent it wrong content again and again; `last`: it still asked when everybody else
   * had been served; `unreached`: it listened, and nothing of the session came, while others heard it. At most 256 of them.
   */
  handedOver: Type.Array(
    Type.Object({
      deviceId: Id,
      reason: Type.Enum(['loss', 'demand', 'poisoned', 'last', 'unreached']),
      /** What it lost of the session's datagrams, and the worst of those that were served. */
      lossRatio: nullable(Type.Number()),
      groupLossRatio: nullable(Type.Number()),
    }),
  ),
  /** Why it ended early or carried nothing; null: it went well. */
  error: nullable(Type.String()),
});
export type SessionSummary = Static<typeof SessionSummary>;

export const TaskSummary = Type.Object({
  id: Id,
  kind: oneOf(TASK_KINDS),
  name: TaskName,
  state: oneOf(TASK_STATES),
  phase: oneOf(TASK_PHASES),
  outcome: nullable(oneOf(TASK_OUTCOMES)),
  createdAt: Timestamp,
  createdBy: Type.String(),
  finishedAt: nullable(Timestamp),
  counts: DeliveryCounts,
});
export type TaskSummary = Static<typeof TaskSummary>;

export const TaskDetails = Type.Object({
  ...TaskSummary.properties,
  action: Action,
  content: ContentDescription,
  target: Type.String(),
  policy: TaskPolicy,
  sessions: Type.Array(SessionSummary),
  deliveries: Type.Array(Delivery),
  /** Bytes that the server sent to finish devices by unicast. */
  bytesUnicast: ByteCount,
});
export type TaskDetails = Static<typeof TaskDetails>;
