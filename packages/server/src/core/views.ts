/** Records as the API shows them. */
import type {
  ContentDescription,
  Delivery,
  Device,
  JoinToken,
  Operator,
  SessionSummary,
  SignIn,
  TaskDetails,
  TaskSummary,
  Webhook,
  WebhookMessage,
} from '@rollcall/api';
import type {
  ContentRecord,
  DeliveryRecord,
  DeviceRecord,
  JoinTokenRecord,
  OperatorRecord,
  SessionRecord,
  SignInRecord,
  TaskRecord,
  WebhookMessageRecord,
  WebhookRecord,
} from './records.ts';

export function operatorView(operator: OperatorRecord): Operator {
  const { id, name, role, scope, createdAt, expiresAt, lastUsedAt, lastUsedFrom, subject } = operator;
  return { id, name, role, scope, createdAt, expiresAt, lastUsedAt, lastUsedFrom, subject };
}

export function signInView(signIn: SignInRecord, operator: string, currentId: string | undefined): SignIn {
  const { id, method, createdAt, lastUsedAt, expiresAt, from, browser } = signIn;
  return { id, operator, method, createdAt, lastUsedAt, expiresAt, from, browser, current: id === currentId };
}

export function joinTokenView(token: JoinTokenRecord): JoinToken {
  const { id, createdAt, expiresAt, usesLeft, labels, replaces, needsApproval, isRevoked } = token;
  return { id, createdAt, expiresAt, usesLeft, labels: { ...labels }, replaces, needsApproval, isRevoked };
}

export function deviceView(device: DeviceRecord, isOnline: boolean, heardAt?: number): Device {
  const { id, name, siteId, labels, facts, isPending: pending, enrolledAt } = device;
  const warning =
    [device.warning, clockWarning(device.clockAheadMs)].filter((text) => text !== null).join('; ') || null;
  const lastSeenAt = heardAt ?? device.lastSeenAt;
  return { id, name, siteId, labels: { ...labels }, facts, online: isOnline, pending, lastSeenAt, enrolledAt, warning };
}

function clockWarning(aheadMs: number | null): string | null {
  if (aheadMs === null) return null;
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  const [count, unit] =
    minutes < 120 ? [minutes, 'minutes'] : minutes < 2880 ? [minutes / 60, 'hours'] : [minutes / 1440, 'days'];
  const side = aheadMs > 0 ? 'ahead' : 'behind';
  return `its clock is ${Math.round(count)} ${unit} ${side}: it goes by the server's time; set the clock`;
}

export function deliveryView(delivery: DeliveryRecord, deviceName: string): Delivery {
  const { deviceId, state, reason, path, attempt, sequence, bytesMulticast, bytesUnicast } = delivery;
  const { lossRatio, version, startedAt, finishedAt, error } = delivery;
  return {
    device: { id: deviceId, name: deviceName },
    state,
    reason,
    path,
    attempt,
    sequence,
    bytesMulticast,
    bytesUnicast,
    lossRatio,
    version,
    startedAt,
    finishedAt,
    error: error === null ? null : { ...error },
  };
}

/** @param standing what is not in its own row */
export function webhookView(
  webhook: WebhookRecord,
  standing: Pick<Webhook, 'waitingCount' | 'oldSecretUntil'>,
): Webhook {
  const { cursor: _cursor, failureCount: _failureCount, events, ...shown } = webhook;
  return { ...shown, events: [...events], ...standing };
}

export function webhookMessageView(message: WebhookMessageRecord): WebhookMessage {
  const { webhookId: _webhookId, body: _body, ...shown } = message;
  return shown;
}

export function sessionView(session: SessionRecord): SessionSummary {
  const { id, siteId, mode, state, startedAt, endedAt, bytesSent, repairBytes, error } = session;
  const handedOver = session.handedOver.map((one) => ({ ...one }));
  return { id, site: siteId, mode, state, startedAt, endedAt, bytesSent, repairBytes, handedOver, error };
}

export function contentView(content: ContentRecord): ContentDescription {
  const { id, encoding, size, leafSize, leafCount, root, sha256 } = content;
  return { id, encoding, size, leafSize, leafCount, root, sha256 };
}

export function taskSummaryView(task: TaskRecord): TaskSummary {
  const { id, kind, name, state, phase, outcome, createdAt, createdBy, finishedAt, counts } = task;
  return { id, kind, name, state, phase, outcome, createdAt, createdBy, finishedAt, counts };
}

export function taskDetailsView(
  task: TaskRecord,
  content: ContentRecord,
  sessions: readonly SessionRecord[],
  deliveries: readonly DeliveryRecord[],
  names: ReadonlyMap<string, string>,
): TaskDetails {
  const { action, target, policy, bytesUnicast } = task;
  return {
    ...taskSummaryView(task),
    action,
    content: contentView(content),
    target,
    policy,
    sessions: sessions.map(sessionView),
    deliveries: deliveries
      .map((delivery) => deliveryView(delivery, names.get(delivery.deviceId) ?? delivery.deviceId))
      .sort((one, other) => (one.device.name < other.device.name ? -1 : 1)),
    bytesUnicast,
  };
}
