/** Rows, tasks and events as the server would send them. */
import type { Delivery, ProgressEvent, RollcallEvent, SessionSummary, TaskDetails } from '@rollcall/api';
import { countNone } from '@rollcall/client/task';

export function delivery(name: string, change: Partial<Delivery> = {}): Delivery {
  return {
    device: { id: name, name },
    state: 'queued',
    reason: change.state === undefined || change.state === 'queued' ? 'not_notified' : null,
    path: null,
    attempt: 1,
    sequence: 0,
    bytesMulticast: 0,
    bytesUnicast: 0,
    lossRatio: null,
    version: null,
    startedAt: null,
    finishedAt: null,
    error: null,
    ...change,
  };
}

export function session(change: Partial<SessionSummary> = {}): SessionSummary {
  return {
    id: 's1',
    site: 'default',
    mode: 'multicast',
    state: 'ended',
    startedAt: 1_000,
    endedAt: 9_000,
    bytesSent: 1000,
    repairBytes: 10,
    handedOver: [],
    error: null,
    ...change,
  };
}

/** A task that is being multicast. @param size of its content, bytes */
export function task(deliveries: readonly Delivery[], change: Partial<TaskDetails> = {}, size = 1000): TaskDetails {
  const hash = '0'.repeat(64);
  const counts = countNone();
  for (const { state } of deliveries) counts[state] += 1;
  return {
    id: 't1',
    kind: 'copy',
    name: 'copy menu.pdf',
    state: 'active',
    phase: 'multicasting',
    outcome: null,
    createdAt: 1_000_000,
    createdBy: 'ada',
    finishedAt: null,
    counts,
    action: { kind: 'copy', to: 'menu.pdf', form: 'file', name: 'menu.pdf' },
    content: {
      id: hash,
      encoding: 'aes-256-gcm',
      size,
      leafSize: 65_536,
      leafCount: Math.ceil(size / 65_536),
      root: hash,
      sha256: hash,
    },
    target: 'all',
    policy: {
      mode: 'multicast',
      weight: 100,
      timeoutSeconds: 1800,
      expiresAt: 1e13,
      startWhen: { share: 1 },
      maxWaitMs: 0,
    },
    sessions: [session({ state: 'sending', endedAt: null })],
    deliveries: [...deliveries],
    bytesUnicast: 0,
    ...change,
  };
}

export function deliveryEvent(changed: Delivery, sequence = 1): RollcallEvent {
  return { sequence, at: 2_000, type: 'delivery', taskId: 't1', delivery: changed };
}

export function progressEvent(
  session: Partial<NonNullable<ProgressEvent['session']>>,
  held: Readonly<Record<string, number>> = {},
): ProgressEvent {
  const contentSize = session.contentSize ?? 1000;
  const contentBytes = session.contentBytes ?? 0;
  return {
    type: 'progress',
    taskId: 't1',
    at: 2_000,
    session: {
      bytesSent: contentBytes,
      repairBytes: 7,
      rateBitsPerSecond: 8,
      contentBytes,
      contentSize,
      lossRatioMean: 0.004,
      lossRatioMax: 0.02,
      ...session,
    },
    devices: Object.entries(held).map(([id, bytesHeld]) => ({ id, bytesHeld, size: contentSize })),
  };
}
