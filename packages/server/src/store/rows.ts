/** Rows of the tables to records and back: JSON text and 0/1 end here. */
import type { AuditEntry } from '@rollcall/api';
import type { Selectable } from 'kysely';
import type {
  AttemptRecord,
  DeliveryRecord,
  DeviceRecord,
  JoinTokenRecord,
  SessionRecord,
  TaskRecord,
} from '../core/records.ts';
import type { Database } from './schema.ts';

type Row<Table extends keyof Database> = Selectable<Database[Table]>;

export function joinTokenOf(row: Row<'joinTokens'>): JoinTokenRecord {
  return {
    ...row,
    labels: parse<JoinTokenRecord['labels']>(row.labels),
    isRevoked: row.isRevoked === 1,
    needsApproval: row.needsApproval === 1,
  };
}

export function joinTokenRow(token: JoinTokenRecord): Row<'joinTokens'> {
  return {
    ...token,
    labels: JSON.stringify(token.labels),
    isRevoked: token.isRevoked ? 1 : 0,
    needsApproval: token.needsApproval ? 1 : 0,
  };
}

export function deviceOf(row: Row<'devices'>): DeviceRecord {
  const { id, name, siteId, enrolledAt, lastSeenAt, lastCompletionAt, warning, clockAheadMs } = row;
  return {
    id,
    name,
    siteId,
    enrolledAt,
    lastSeenAt,
    lastCompletionAt,
    warning,
    clockAheadMs,
    isPending: row.isPending === 1,
    labels: parse<DeviceRecord['labels']>(row.labels),
    facts: parse<DeviceRecord['facts']>(row.facts),
  };
}

export function deviceRow(device: DeviceRecord): Row<'devices'> {
  return {
    ...device,
    labels: JSON.stringify(device.labels),
    facts: JSON.stringify(device.facts),
    isPending: device.isPending ? 1 : 0,
    removedAt: null,
  };
}

export function taskOf(row: Row<'tasks'>): TaskRecord {
  return {
    ...row,
    action: parse<TaskRecord['action']>(row.action),
    policy: parse<TaskRecord['policy']>(row.policy),
    counts: parse<TaskRecord['counts']>(row.counts),
  };
}

export function taskRow(task: TaskRecord): Row<'tasks'> {
  return {
    ...task,
    action: JSON.stringify(task.action),
    policy: JSON.stringify(task.policy),
    counts: JSON.stringify(task.counts),
  };
}

export function deliveryOf(row: Row<'deliveries'>): DeliveryRecord {
  return { ...row, error: errorOf(row) };
}

export function deliveryRow(delivery: DeliveryRecord): Row<'deliveries'> {
  return { ...delivery, error: errorText(delivery) };
}

export function attemptOf(row: Row<'attempts'>): AttemptRecord {
  return { ...row, error: errorOf(row) };
}

export function attemptRow(attempt: AttemptRecord): Row<'attempts'> {
  return { ...attempt, error: errorText(attempt) };
}

function errorOf({ error }: { readonly error: string | null }): DeliveryRecord['error'] {
  return error === null ? null : parse<NonNullable<DeliveryRecord['error']>>(error);
}

function errorText({ error }: Pick<DeliveryRecord, 'error'>): string | null {
  return error === null ? null : JSON.stringify(error);
}

export function sessionOf(row: Row<'sessions'>): SessionRecord {
  const { description, handedOver } = row;
  return {
    ...row,
    handedOver: parse<SessionRecord['handedOver']>(handedOver),
    description: description === null ? null : parse<NonNullable<SessionRecord['description']>>(description),
  };
}

export function sessionRow(session: SessionRecord): Row<'sessions'> {
  const { description, handedOver } = session;
  return {
    ...session,
    description: description === null ? null : JSON.stringify(description),
    handedOver: JSON.stringify(handedOver),
  };
}

export function auditEntryOf({ entry, hash }: Row<'audit'>): AuditEntry {
  return { ...parse<Omit<AuditEntry, 'hash'>>(entry), hash };
}

function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}
