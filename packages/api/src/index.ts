/** The control plane's contract: words, states, limits, schemas and operations. Pure: no I/O, no clock, no randomness. */
export * as operations from './operations/index.ts';
export {
  isAudited,
  pathOf,
  takesIdempotencyKey,
  takesIfMatch,
  type AnswerOf,
  type BodyOf,
  type Operation,
  type ParamsOf,
  type QueryOf,
} from './operations/operation.ts';
export * as limits from './limits.ts';
export { PROBLEM_CONTENT_TYPE, PROBLEMS, problemDetails } from './errors.ts';
export type { DeliveryError, ProblemCode, ProblemDetails } from './errors.ts';
export { defineTransitions, type Transition, type Transitions } from './states/define-transitions.ts';
export { DELIVERY_PATHS, DELIVERY_STATES, deliveryTransitions, QUEUED_REASONS } from './states/delivery.ts';
export type { DeliveryPath, DeliveryState, QueuedReason } from './states/delivery.ts';
export { TASK_OUTCOMES, TASK_PHASES, TASK_STATES, taskTransitions } from './states/task.ts';
export type { TaskOutcome, TaskPhase, TaskState } from './states/task.ts';
export { leafCountOf, leafLength, leafSizeFor } from './content/leaf.ts';
export {
  CONTENT_ENCODINGS,
  CONTENT_KEY_BYTES,
  HASH_BYTES,
  leafContextText,
  leafEntryBytes,
  TAG_BYTES,
  type ContentEncoding,
} from './content/encoding.ts';
export { contentIdentityText, hashLeaf, rootOf, type Sha256 } from './content/hash-tree.ts';
export {
  areLeafRangesValid,
  coarsenLeafRanges,
  countLeaves,
  missingLeafRanges,
  uniteLeafRanges,
  type LeafRange,
} from './content/leaf-ranges.ts';
export { LOG_LEVELS, logLevelOf, type LogLevel } from './units/log-level.ts';
export type { Parsed } from './units/parse-result.ts';
export { parseDuration, parseRate, parseShareOrCount, parseSize } from './units/quantities.ts';
export { matchesSelector, parseSelector, type Selectable, type Selector } from './units/selector.ts';
export { Action, RequestedAction, TASK_KINDS, type TaskKind } from './schemas/action.ts';
export { ContentDescription } from './schemas/content.ts';
export { preAuthEncoding } from './trust/pre-auth-encoding.ts';
export { redactLine, SECRET_PATHS } from './trust/redact-line.ts';
export { Envelope } from './schemas/envelope.ts';
export { DIRECTOR_KEYS_TYPE, DirectorKey, DirectorKeys } from './schemas/director.ts';
export { Nonce, SERVER_TIME_TYPE, ServerTime } from './schemas/server-time.ts';
export { Manifest, MANIFEST_TYPE } from './schemas/manifest.ts';
export { SessionAuthentication, SessionDescription, TASK_MODES, type TaskMode } from './schemas/session.ts';
export {
  isAnswerHeard,
  judgeProbePath,
  PROBE_LOSS_SHARE_MAX,
  probeLossShare,
  summarizeSites,
} from './probe/judge-probe.ts';
export {
  Probe,
  ProbedPath,
  ProbeInstruction,
  ProbeReport,
  Reachability,
  ReportProbeAnswer,
  ServerNetwork,
  type ProbePath,
  type ProbeVerdict,
  type UsedInterface,
} from './schemas/probe.ts';
export { Delivery, DeliveryCounts } from './schemas/delivery.ts';
export { CreateTaskRequest, SessionSummary, TaskDetails, TaskPolicy, TaskSummary } from './schemas/task.ts';
export { AUDIT_BEGIN, AuditChain, auditLine, sealAuditEntry, type AuditNote } from './audit/audit-chain.ts';
export { canonicalJson } from './audit/canonical-json.ts';
export {
  AUDIT_CHECKPOINT_TYPE,
  AuditCheckpoint,
  AuditEntry,
  AuditHead,
  type AuditSubject,
  SignedCheckpoint,
} from './schemas/audit.ts';
export { Device, Facts } from './schemas/device.ts';
export { isName, Name } from './schemas/scalars.ts';
export { CreateJoinTokenRequest, JoinToken, Operator, ROLES, type Role } from './schemas/credentials.ts';
export {
  SIGN_IN_METHODS,
  SignedIn,
  SignIn,
  SignInLink,
  SignInRequest,
  SignInWays,
  type SignInMethod,
} from './schemas/sign-in.ts';
export { CompletionAnswer, CompletionDecision, CompletionRequest, HeldContent } from './schemas/completion.ts';
export { Report, ReportAnswer, REPORTED_STATES, ReportRequest } from './schemas/report.ts';
export {
  CheckInAnswer,
  CheckInRequest,
  DEVICE_EVENTS,
  Heartbeat,
  JoinAnswer,
  JoinRequest,
  PROTOCOL,
  ProtocolRange,
  Trust,
  trustText,
  type DeviceEventName,
} from './schemas/device-channel.ts';
export {
  DeliveryEvent,
  DeviceEvent,
  ProgressEvent,
  ProgressSample,
  RollcallEvent,
  SessionEvent,
  StreamNote,
  TaskEvent,
} from './schemas/event.ts';
export { Overview } from './schemas/overview.ts';
export { RATE_CONTROLS, SendingSettings, type RateControl } from './schemas/sending-settings.ts';
export {
  Webhook,
  WEBHOOK_EVENTS,
  WEBHOOK_MESSAGE_STATES,
  WEBHOOK_PAYLOADS,
  WebhookEvents,
  WebhookMessage,
  WebhookWithSecret,
  type WebhookEvent,
  type WebhookPayload,
} from './schemas/webhook.ts';
export { isOf } from './schemas/is-of.ts';
export { taskFault } from './schemas/task-fault.ts';
export { formatToken, parseToken, type Token } from './schemas/token.ts';
