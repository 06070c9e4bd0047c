/** What the server keeps, one interface per table. Times are UTC milliseconds; names are the glossary's. */
import type {
  Action,
  ContentDescription,
  DeliveryCounts,
  DeliveryError,
  DeliveryPath,
  DeliveryState,
  Facts,
  QueuedReason,
  Role,
  SessionDescription,
  SessionSummary,
  SignInMethod,
  TaskKind,
  TaskMode,
  TaskOutcome,
  TaskPhase,
  TaskPolicy,
  TaskState,
  Webhook,
  WebhookEvent,
  WebhookMessage,
} from '@rollcall/api';

/** The one multicast domain that there is; a relay would bring its own. */
export const DEFAULT_SITE_ID = 'default';

export interface OperatorRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly secretHash: string;
  readonly createdAt: number;
  /** Selector of the devices that it may see and act on; null: all of them. */
  readonly scope: string | null;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  readonly lastUsedFrom: string | null;
  /** Issuer and subject of whom an identity provider sends; null: it has a token. */
  readonly subject: string | null;
}

/** A browser in which an operator is signed in. */
export interface SignInRecord {
  readonly id: string;
  readonly secretHash: string;
  readonly operatorId: string;
  readonly method: SignInMethod;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** However it is used. */
  readonly expiresAt: number;
  readonly from: string;
  readonly browser: string | null;
}

/** Signs one browser in, once. */
export interface SignInLinkRecord {
  readonly id: string;
  readonly secretHash: string;
  readonly operatorId: string;
  readonly expiresAt: number;
}

/** A request that may be asked again. The id is a hash of who asks and the key. */
export interface IdempotencyKeyRecord {
  readonly id: string;
  readonly operatorId: string;
  /** Of operation, parameters and body. */
  readonly fingerprint: string;
  readonly createdAt: number;
  /** Encrypted; null until the request is answered. */
  readonly answer: Uint8Array | null;
}

export interface JoinTokenRecord {
  readonly id: string;
  readonly secretHash: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly usesLeft: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Name of the device whose place the next one to join takes. */
  readonly replaces: string | null;
  readonly isRevoked: boolean;
  /** Who joins with it is pending until an operator approves. */
  readonly needsApproval: boolean;
  /** Of the operator that made it: whoever joins with it lies within. */
  readonly scope: string | null;
}

export interface DeviceRecord {
  readonly id: string;
  readonly name: string;
  readonly siteId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly facts: Partial<Facts>;
  readonly enrolledAt: number;
  readonly lastSeenAt: number | null;
  /** When it last finished a unicast completion: the queue's order. */
  readonly lastCompletionAt: number | null;
  readonly warning: string | null;
  /** How far its clock was ahead of the server's at its last check-in; null: it was right. */
  readonly clockAheadMs: number | null;
  /** It waits for an operator's approval. */
  readonly isPending: boolean;
}

export interface CertificateRecord {
  /** Hex, as the certificate carries it, in lower case without leading zeros. */
  readonly serial: string;
  readonly deviceId: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Its device was removed or replaced. */
  readonly revokedAt: number | null;
  readonly usedAt: number | null;
  /** When its successor was used for the first time. */
  readonly supersededAt: number | null;
}

export interface ContentRecord extends ContentDescription {
  readonly createdAt: number;
  /** When the last task that needed it ended; null while one needs it or none ever did. */
  readonly unneededSince: number | null;
  /** The bytes are gone; what ended tasks show of it stays. */
  readonly removedAt: number | null;
}

export interface TaskRecord {
  readonly id: string;
  readonly kind: TaskKind;
  readonly name: string;
  readonly state: TaskState;
  readonly phase: TaskPhase;
  readonly outcome: TaskOutcome | null;
  readonly action: Action;
  readonly contentId: string;
  readonly target: string;
  /** `snapshot`: the targets were frozen at the creation. */
  readonly targetMode: 'snapshot' | 'continuous';
  readonly policy: TaskPolicy;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly scheduledAt: number | null;
  readonly window: string | null;
  readonly supersedes: string | null;
  readonly cancelledAt: number | null;
  readonly finishedAt: number | null;
  readonly targetCount: number;
  readonly counts: DeliveryCounts;
  readonly bytesUnicast: number;
}

export interface DeliveryRecord {
  readonly taskId: string;
  readonly deviceId: string;
  readonly siteId: string;
  /** The device's NORM node id in the task's sessions. */
  readonly nodeId: number;
  readonly state: DeliveryState;
  readonly reason: QueuedReason | null;
  readonly path: DeliveryPath | null;
  readonly attempt: number;
  readonly sequence: number;
  /** Which step of a rollout it belongs to. */
  readonly phase: number;
  readonly notBefore: number | null;
  readonly version: string | null;
  readonly bytesMulticast: number;
  readonly bytesUnicast: number;
  readonly lossRatio: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly updatedAt: number;
  readonly error: DeliveryError | null;
}

export interface AttemptRecord {
  readonly taskId: string;
  readonly deviceId: string;
  readonly attempt: number;
  readonly state: DeliveryState;
  readonly exitCode: number | null;
  readonly output: Uint8Array;
  readonly error: DeliveryError | null;
  readonly finishedAt: number | null;
}

export interface SessionRecord {
  readonly id: string;
  readonly taskId: string;
  readonly siteId: string;
  readonly mode: Exclude<TaskMode, 'unicast'>;
  readonly state: 'announcing' | 'sending' | 'ended' | 'failed';
  /** The server process that runs it, and until when it answers for it. */
  readonly owner: string;
  readonly leaseUntil: number;
  /** What devices are told, without their own node id and without keys; null until the sender's socket is open. */
  readonly description: Omit<SessionDescription, 'nodeId' | 'authentication'> | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly bytesSent: number;
  readonly repairBytes: number;
  /** Who was left to unicast, and why. */
  readonly handedOver: readonly HandedOver[];
  readonly error: string | null;
}

export type HandedOver = SessionSummary['handedOver'][number];

export interface WebhookRecord extends Omit<Webhook, 'events' | 'waitingCount' | 'oldSecretUntil'> {
  readonly events: readonly WebhookEvent[];
  /** Sequence of the event up to which its messages were written. */
  readonly cursor: number;
  /** Attempts in a row that failed, of whatever message. */
  readonly failureCount: number;
}

/** What its messages are signed with. */
export interface WebhookSecrets {
  readonly secret: string;
  readonly oldSecret: string | null;
  readonly oldSecretUntil: number | null;
}

export interface WebhookMessageRecord extends WebhookMessage {
  readonly webhookId: string;
  /** What is sent, the same at each attempt. */
  readonly body: string;
}

/** A completion slot that is taken: this device may fetch the content of this task until the lease ends. */
export interface SlotRecord {
  readonly taskId: string;
  readonly deviceId: string;
  readonly siteId: string;
  readonly contentId: string;
  readonly owner: string;
  readonly grantedAt: number;
  readonly leaseUntil: number;
}
