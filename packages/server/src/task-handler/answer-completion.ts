/**
 * Answers completion requests: searches the task status table by the device's identifier, and says per task what to do.
 * A request with nothing open reads one index and writes nothing.
 */
import {
  deliveryTransitions,
  limits,
  pathOf,
  operations,
  type CompletionAnswer,
  type CompletionDecision,
  type CompletionRequest,
  type HeldContent,
} from '@rollcall/api';
import type { Director } from '../certificates/director.ts';
import { decideCompletion, type CompletionVerdict } from '../core/decide-completion.ts';
import { explainQueued } from '../core/move-delivery.ts';
import type { Store } from '../core/ports.ts';
import type { ContentRecord, DeliveryRecord, DeviceRecord, TaskRecord } from '../core/records.ts';
import type { Admission, CompletionDesk } from '../unicast/completion-desk.ts';
import type { MulticastConductor } from './multicast-conductor.ts';
import { sealManifest } from './seal-manifest.ts';

export interface AnswerCompletionPorts {
  readonly store: Store;
  readonly desk: CompletionDesk;
  readonly conductor: MulticastConductor;
  readonly director: Director;
  readonly isCallable: (deviceId: string) => boolean;
  readonly now: () => number;
}

interface Open {
  readonly task: TaskRecord;
  readonly delivery: DeliveryRecord;
  readonly content: ContentRecord;
  readonly contentKey: Uint8Array | undefined;
  readonly verdict: CompletionVerdict;
  /** The device named this attempt: it has the manifest. */
  readonly isKnown: boolean;
}

export async function answerCompletion(
  ports: AnswerCompletionPorts,
  device: DeviceRecord,
  request: CompletionRequest,
  signal: AbortSignal,
): Promise<CompletionAnswer> {
  const held = new Map(request.held.map((one) => [one.taskId, one]));
  const open = await openTasks(ports, device, held);
  const decisions = await forgottenTasks(ports, device, request.held, open);
  const first = open.find(({ verdict }) => verdict.decision === 'fetch');
  const admission = first === undefined ? undefined : await admit(ports, device, first, open.some(isUrgent), signal);
  for (const one of open) {
    decisions.push(decisionOf(ports, one, one === first, admission));
  }
  if (first !== undefined && admission?.isAdmitted === false) await noteWaiting(ports, first);
  const waits = decisions.flatMap((decision) => (decision.decision === 'wait' ? [decision.retryAfterSeconds] : []));
  return {
    decisions,
    ...(waits.length === 0 ? {} : { retryAfterSeconds: Math.min(...waits) }),
    time: ports.director.signTime(ports.now(), request.nonce),
  };
}

/** What the device can begin at once. What it has, and carries out now or when its turn comes, is no news to it. */
function isUrgent({ verdict, isKnown }: Open): boolean {
  return verdict.decision === 'join' || (verdict.decision === 'execute' && !isKnown);
}

/** What is open for the device, the most important first, each with the core's verdict. */
async function openTasks(
  { store, conductor, desk, now }: AnswerCompletionPorts,
  device: DeviceRecord,
  held: ReadonlyMap<string, HeldContent>,
): Promise<Open[]> {
  const found: Open[] = [];
  for (const delivery of await store.reader.openDeliveriesOfDevice(device.id)) {
    const task = await store.reader.task(delivery.taskId);
    const content = task === undefined ? undefined : await store.reader.content(task.contentId);
    if (task === undefined || content === undefined) continue;
    const contentKey = content.encoding === 'identity' ? undefined : await store.reader.contentKey(content.id);
    const { leafCount } = content;
    const ofTask = held.get(task.id);
    conductor.noteHeld(task.id, device.id, ofTask, leafCount);
    const round = conductor.roundOf(task.id, delivery.siteId);
    const verdict = decideCompletion({ task, delivery, held: ofTask, leafCount, round }, now());
    found.push({ task, delivery, content, contentKey, verdict, isKnown: ofTask?.attempt === delivery.attempt });
  }
  const rank = ({ task }: Open) => (desk.holdsSlot(task.id, device.id) ? Infinity : task.policy.weight);
  found.sort((one, other) => (rank(other) === rank(one) ? 0 : rank(other) > rank(one) ? 1 : -1));
  return found.slice(0, limits.OPEN_TASKS_PER_DEVICE_MAX);
}

/** Tasks that the device still holds although they are over for it. */
async function forgottenTasks(
  { store }: AnswerCompletionPorts,
  device: DeviceRecord,
  held: readonly HeldContent[],
  open: readonly Open[],
): Promise<CompletionDecision[]> {
  const openIds = new Set(open.map(({ task }) => task.id));
  const decisions: CompletionDecision[] = [];
  for (const { taskId, attempt } of held) {
    if (openIds.has(taskId)) continue;
    const delivery = await store.reader.delivery(taskId, device.id);
    // Open, but behind more important ones than fit into one answer: its turn comes.
    if (delivery !== undefined && !deliveryTransitions.isTerminal(delivery.state)) continue;
    decisions.push({ taskId, attempt, decision: delivery?.state === 'cancelled' ? 'cancelled' : 'done' });
  }
  return decisions;
}

async function admit(
  { desk, isCallable }: AnswerCompletionPorts,
  device: DeviceRecord,
  { task, delivery, content, verdict }: Open,
  hasUrgent: boolean,
  signal: AbortSignal,
): Promise<Admission> {
  // What can begin at once is not kept waiting by the queue; the device asks again in a second.
  if (hasUrgent) return { isAdmitted: false, retryAfterSeconds: 1 };
  const missingCount = verdict.decision === 'fetch' ? verdict.missingCount : 0;
  const candidate = {
    taskId: task.id,
    deviceId: device.id,
    siteId: delivery.siteId,
    weight: task.policy.weight,
    lastCompletionAt: device.lastCompletionAt,
    bytesMissing: Math.min(content.size, missingCount * content.leafSize),
    isCallable: isCallable(device.id),
  };
  return desk.admit(candidate, content.id, signal);
}

/** @param admission what the queue said about the first of those that are to fetch. */
function decisionOf(
  { conductor, director }: AnswerCompletionPorts,
  { task, delivery, content, contentKey, verdict, isKnown }: Open,
  isFirst: boolean,
  admission: Admission | undefined,
): CompletionDecision {
  const fields = { taskId: task.id, attempt: delivery.attempt };
  const sealed = () => ({
    manifest: sealManifest(director, task, delivery, content, contentKey),
    sequence: delivery.sequence,
  });
  const wait = (reason: WaitReason, retryAfterSeconds: number) => {
    // A device begins no batch while an earlier one of its channel is open: so it has to know that one now.
    const isToBeKnown = task.kind === 'batch' && !isKnown;
    return {
      ...fields,
      decision: 'wait' as const,
      reason,
      retryAfterSeconds,
      ...(isToBeKnown ? sealed() : {}),
    };
  };
  switch (verdict.decision) {
    case 'done':
    case 'cancelled':
      return { ...fields, decision: verdict.decision };
    case 'execute':
      return { ...fields, decision: 'execute', ...sealed() };
    case 'wait':
      return wait(verdict.reason, Math.ceil(verdict.retryAfterMs / 1000));
    case 'join': {
      const session = conductor.describe(task.id, delivery);
      if (session === undefined) return wait('multicast_planned', 1);
      return { ...fields, decision: 'join', ...sealed(), session };
    }
    case 'fetch': {
      if (admission?.isAdmitted === false) {
        // It would be told the same if it came sooner for this one.
        const { retryAfterSeconds } = admission;
        return wait('slots_taken', isFirst ? retryAfterSeconds : Math.max(retryAfterSeconds, NEXT_TASK_RETRY_SECONDS));
      }
      if (!isFirst || admission === undefined) return wait('slots_taken', NEXT_TASK_RETRY_SECONDS);
      const url = pathOf(operations.getContent, { contentId: content.id });
      const sources = [{ kind: 'server' as const, url }];
      return { ...fields, decision: 'fetch', ...sealed(), sources, leaseSeconds: admission.leaseSeconds };
    }
    default:
      return verdict satisfies never;
  }
}

type WaitReason = Extract<CompletionDecision, { decision: 'wait' }>['reason'];

async function noteWaiting({ store, now }: AnswerCompletionPorts, { delivery }: Open): Promise<void> {
  if (explainQueued(delivery, 'waiting_slot', now()) === undefined) return;
  await store.transact(async (transactor) => {
    const before = await transactor.delivery(delivery.taskId, delivery.deviceId);
    const after = before === undefined ? undefined : explainQueued(before, 'waiting_slot', now());
    if (before !== undefined && after !== undefined) await transactor.changeDelivery(before, after, now());
  });
}

/** A device fetches one content at a time; it asks for the next one when it has this one. */
const NEXT_TASK_RETRY_SECONDS = 2;
