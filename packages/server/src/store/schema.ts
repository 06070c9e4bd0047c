/** The tables. Lists and objects are JSON text, booleans 0 or 1, times UTC milliseconds. */
import type { Generated } from 'kysely';
import type {
  ContentEncoding,
  DeliveryPath,
  DeliveryState,
  QueuedReason,
  Role,
  SignInMethod,
  TaskKind,
  TaskOutcome,
  TaskPhase,
  TaskState,
  WebhookMessage,
} from '@rollcall/api';

export interface Database {
  meta: { key: string; value: string };
  operators: {
    id: string;
    name: string;
    role: Role;
    secretHash: string;
    createdAt: number;
    scope: string | null;
    expiresAt: number | null;
    lastUsedAt: number | null;
    lastUsedFrom: string | null;
    subject: string | null;
  };
  signIns: {
    id: string;
    secretHash: string;
    operatorId: string;
    method: SignInMethod;
    createdAt: number;
    lastUsedAt: number;
    expiresAt: number;
    from: string;
    browser: string | null;
  };
  signInLinks: { id: string; secretHash: string; operatorId: string; expiresAt: number };
  joinTokens: {
    id: string;
    secretHash: string;
    createdAt: number;
    createdBy: string;
    expiresAt: number;
    usesLeft: number;
    labels: string;
    replaces: string | null;
    isRevoked: number;
    needsApproval: number;
    scope: string | null;
  };
  devices: {
    id: string;
    name: string;
    siteId: string;
    labels: string;
    facts: string;
    enrolledAt: number;
    lastSeenAt: number | null;
    lastCompletionAt: number | null;
    warning: string | null;
    clockAheadMs: number | null;
    isPending: number;
    /** A removed device stays as the name in the rows of its tasks. */
    removedAt: number | null;
  };
  certificates: {
    serial: string;
    deviceId: string;
    issuedAt: number;
    expiresAt: number;
    revokedAt: number | null;
    usedAt: number | null;
    supersededAt: number | null;
  };
  contents: {
    id: string;
    encoding: ContentEncoding;
    size: number;
    leafSize: number;
    leafCount: number;
    root: string;
    sha256: string;
    createdAt: number;
    unneededSince: number | null;
    removedAt: number | null;
  };
  /** Apart from the contents, whose rows are read to be shown. */
  contentKeys: { contentId: string; key: Uint8Array };
  contentUploads: { contentId: string; operatorId: string };
  tasks: {
    id: string;
    kind: TaskKind;
    name: string;
    state: TaskState;
    phase: TaskPhase;
    outcome: TaskOutcome | null;
    action: string;
    contentId: string;
    target: string;
    targetMode: 'snapshot' | 'continuous';
    policy: string;
    createdAt: number;
    createdBy: string;
    scheduledAt: number | null;
    window: string | null;
    supersedes: string | null;
    cancelledAt: number | null;
    finishedAt: number | null;
    targetCount: number;
    counts: string;
    bytesUnicast: number;
  };
  /** The task status table. */
  deliveries: {
    taskId: string;
    deviceId: string;
    siteId: string;
    nodeId: number;
    state: DeliveryState;
    reason: QueuedReason | null;
    path: DeliveryPath | null;
    attempt: number;
    sequence: number;
    phase: number;
    notBefore: number | null;
    version: string | null;
    bytesMulticast: number;
    bytesUnicast: number;
    lossRatio: number | null;
    startedAt: number | null;
    finishedAt: number | null;
    updatedAt: number;
    error: string | null;
  };
  attempts: {
    taskId: string;
    deviceId: string;
    attempt: number;
    state: DeliveryState;
    exitCode: number | null;
    output: Uint8Array;
    error: string | null;
    finishedAt: number | null;
  };
  sessions: {
    id: string;
    taskId: string;
    siteId: string;
    mode: 'multicast' | 'broadcast';
    state: 'announcing' | 'sending' | 'ended' | 'failed';
    owner: string;
    leaseUntil: number;
    description: string | null;
    createdAt: number;
    startedAt: number | null;
    endedAt: number | null;
    bytesSent: number;
    repairBytes: number;
    error: string | null;
    handedOver: string;
  };
  completionSlots: {
    taskId: string;
    deviceId: string;
    siteId: string;
    contentId: string;
    owner: string;
    grantedAt: number;
    leaseUntil: number;
  };
  /** `result`: a `Reachability`. */
  reachability: { deviceId: string; probedAt: number; result: string };
  idempotencyKeys: {
    id: string;
    operatorId: string;
    fingerprint: string;
    createdAt: number;
    answer: Uint8Array | null;
  };
  webhooks: {
    id: string;
    url: string;
    events: string;
    description: string;
    createdAt: number;
    createdBy: string;
    enabled: number;
    disabledReason: string | null;
    cursor: number;
    failureCount: number;
    lastSuccessAt: number | null;
    failingSince: number | null;
    lastError: string | null;
  };
  /** Apart from the webhooks, whose rows are read to be shown. */
  webhookSecrets: { webhookId: string; secret: string; oldSecret: string | null; oldSecretUntil: number | null };
  webhookMessages: {
    id: string;
    webhookId: string;
    type: string;
    body: string;
    state: WebhookMessage['state'];
    createdAt: number;
    attemptCount: number;
    attemptedAt: number | null;
    nextAttemptAt: number | null;
    status: number | null;
    durationMs: number | null;
    answer: string | null;
    error: string | null;
  };
  batchChannels: { channel: string; lastSequence: number };
  /** `entry` is the canonical text whose hash is beside it. Rows can be added, and nothing else. */
  audit: { sequence: number; hash: string; entry: string };
  events: { sequence: Generated<number>; at: number; taskId: string | null; payload: string };
}
