/** Requests and answers as a reader wants to see them first. A test holds them against the schemas. */
import type { operations, WEBHOOK_PAYLOADS } from '@rollcall/api';

interface Example {
  readonly body?: unknown;
  readonly answer?: unknown;
  /** What the answer is. */
  readonly says?: string;
}

const CONTENT_ID = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const TASK_ID = '01a207d2-08e2-7307-af63-34987ca9b606';
const DEVICE_ID = '01a207d1-5c11-7d0a-9f6e-0d4f1c2b3a49';

const COUNTS = {
  queued: 1,
  receiving: 0,
  received: 0,
  executing: 0,
  succeeded: 4,
  failed: 0,
  rejected: 0,
  timed_out: 0,
  expired: 0,
  cancelled: 0,
  removed: 0,
};

const TASK = {
  id: TASK_ID,
  kind: 'copy',
  name: 'copy menu.pdf',
  state: 'active',
  phase: 'finishing',
  outcome: null,
  createdAt: 1_795_874_400_000,
  createdBy: 'ada',
  finishedAt: null,
  counts: COUNTS,
};

const DELIVERY = {
  device: { id: DEVICE_ID, name: 'till-7' },
  state: 'succeeded',
  reason: null,
  path: 'multicast+unicast',
  attempt: 1,
  sequence: 4,
  bytesMulticast: 268_000_000,
  bytesUnicast: 435_456,
  lossRatio: 0.011,
  version: null,
  startedAt: 1_795_874_401_000,
  finishedAt: 1_795_874_425_000,
  error: null,
};

export const EXAMPLES: Readonly<Partial<Record<keyof typeof operations | (string & {}), Example>>> = {
  createTask: {
    body: {
      action: { kind: 'copy', to: 'menus/', form: 'file', name: 'menu.pdf' },
      contentId: CONTENT_ID,
      target: 'site=north,role!=kiosk',
      policy: { mode: 'multicast', startWhen: { share: 0.9 }, maxWaitMs: 10_000 },
    },
    answer: TASK,
    says: 'The task, with its targets frozen',
  },
  listTasks: { answer: { tasks: [TASK], next: null }, says: 'A page of tasks' },
  pauseTask: { answer: { ...TASK, state: 'paused' }, says: 'The task' },
  resumeTask: { answer: TASK, says: 'The task' },
  retryTask: { body: { devices: [DEVICE_ID] }, answer: TASK, says: 'The task' },
  listDeliveries: { answer: { deliveries: [DELIVERY], next: null }, says: 'A page of rows of the task status table' },
  previewTargets: {
    body: { target: 'site=north', platform: 'linux/x64' },
    answer: { devices: [{ id: DEVICE_ID, name: 'till-7', online: true }] },
    says: 'The devices',
  },
  createContent: { body: { uploadId: '6f1c0e7b2a9d4c53', encoding: 'aes-256-gcm' }, says: 'The content' },
  updateDevice: { body: { name: 'till-north-7', labels: { site: 'north', old: null } }, says: 'The device' },
  createJoinToken: { body: { ttlSeconds: 86_400, uses: 20, labels: { site: 'north' } }, says: 'The token, this once' },
  createOperator: { body: { name: 'ada', role: 'operator' }, says: 'The operator, and the token, this once' },
  streamEvents: { says: 'Events, one after the other, until somebody hangs up' },
};

const HAPPENED = { timestamp: '2026-11-28T14:00:25.000Z' };
const EVENT = { at: 1_795_874_425_000, taskId: TASK_ID };

export const WEBHOOK_EXAMPLES: Readonly<Partial<Record<keyof typeof WEBHOOK_PAYLOADS, object>>> = {
  task: {
    type: 'task.completed',
    ...HAPPENED,
    data: {
      sequence: 4712,
      ...EVENT,
      type: 'task',
      state: 'completed',
      phase: 'ended',
      outcome: 'all',
      counts: { ...COUNTS, queued: 0, succeeded: 5 },
    },
  },
  delivery: {
    type: 'delivery.succeeded',
    ...HAPPENED,
    data: { sequence: 4711, ...EVENT, type: 'delivery', delivery: DELIVERY },
  },
  test: { type: 'webhook.test', ...HAPPENED, data: {} },
  missed: { type: 'webhook.missed', ...HAPPENED, data: { from: 100, to: 2_000 } },
};
