/** Rows and tasks as the server would send them, for tests. */
import type { Delivery, RollcallEvent, SessionSummary, TaskDetails } from '@rollcall/api';

export function delivery(change: Partial<Delivery> = {}, name = 'd1'): Delivery {
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

const COUNTS = {
  queued: 0,
  receiving: 0,
  received: 0,
  executing: 0,
  succeeded: 0,
  failed: 0,
  rejected: 0,
  timed_out: 0,
  expired: 0,
  cancelled: 0,
  removed: 0,
};

export function task(change: Partial<TaskDetails> = {}): TaskDetails {
  const hash = '0'.repeat(64);
  return {
    id: 't1',
    kind: 'copy',
    name: 'copy menu.pdf',
    state: 'active',
    phase: 'multicasting',
    outcome: null,
    createdAt: 1_000,
    createdBy: 'local',
    finishedAt: null,
    counts: COUNTS,
    action: { kind: 'copy', to: 'menu.pdf', form: 'file', name: 'menu.pdf' },
    content: {
      id: hash,
      encoding: 'aes-256-gcm',
      size: 1000,
      leafSize: 65_536,
      leafCount: 1,
      root: hash,
      sha256: hash,
    },
    target: 'all',
    policy: {
      mode: 'multicast',
      weight: 100,
      timeoutSeconds: 1800,
      expiresAt: 1e12,
      startWhen: { share: 1 },
      maxWaitMs: 0,
    },
    sessions: [session({ state: 'sending', endedAt: null })],
    deliveries: [],
    bytesUnicast: 0,
    ...change,
  };
}

export function deliveryEvent(changed: Delivery, sequence = 1): RollcallEvent {
  return { sequence, at: 2_000, type: 'delivery', taskId: 't1', delivery: changed };
}
