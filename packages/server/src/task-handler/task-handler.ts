/**
 * The server's task handler: creates tasks, freezes their targets, and takes them through pause, cancel, retry, expiry
 * and deletion. What it changes is on disk before anybody is told.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  deliveryTransitions,
  limits,
  parseSelector,
  taskTransitions,
  type Action,
  type CreateTaskRequest,
  type TaskMode,
  type TaskPolicy,
} from '@rollcall/api';
import { countStates } from '../core/counts.ts';
import { selectTargets, unknownNames } from '../core/freeze-targets.ts';
import { cancelDelivery, expireDelivery, removeDelivery, retryDelivery } from '../core/move-delivery.ts';
import type { DeliveryChange, Store, StoreReader, StoreTransactor } from '../core/ports.ts';
import type { Presence } from '../core/presence.ts';
import { Problem } from '../core/problem.ts';
import type { DeliveryRecord, DeviceRecord, OperatorRecord, TaskRecord } from '../core/records.ts';
import { isContentWithin, outside } from '../core/require-within.ts';
import { isWithin, scopeOf } from '../core/scope.ts';
import { CANCEL_FORCED_AFTER_MS, DELIVERIES_PER_TRANSACTION, TARGETS_MAX } from '../limits.ts';
import type { CompletionDesk } from '../unicast/completion-desk.ts';
import type { MulticastConductor } from './multicast-conductor.ts';
import { settle } from './settle.ts';

export interface TaskHandlerPorts {
  readonly store: Store;
  readonly presence: Presence;
  readonly conductor: MulticastConductor;
  readonly desk: CompletionDesk;
  readonly wake: (deviceIds: readonly string[]) => void;
  readonly defaultMode: TaskMode;
  readonly now: () => number;
  readonly newId: () => string;
}

export class TaskHandler {
  readonly #ports: TaskHandlerPorts;

  constructor(ports: TaskHandlerPorts) {
    this.#ports = ports;
  }

  async create(request: CreateTaskRequest, operator: OperatorRecord): Promise<TaskRecord> {
    const { store, now, newId, presence } = this.#ports;
    const at = now();
    const policy = this.#policyOf(request.policy ?? {}, at);
    const targets = await this.previewTargets(request.target, policy.platform, operator);
    // Before the transaction: what it looks through may be long, and what is within stays within.
    const isWithinScope = await isContentWithin(store.reader, operator, request.contentId);
    const id = newId();
    const { task, size } = await store.transact(async (transactor) => {
      const content = await transactor.content(request.contentId);
      const isThere = content !== undefined && content.removedAt === null;
      // In the same words whether it is somebody else's or nowhere.
      if (!isThere || !isWithinScope) {
        throw new Problem('not_found', `there is no content ${request.contentId}: upload it, then create the task`);
      }
      const action = await actionOf(request, transactor, newId);
      const deliveries = targets.map((device, index) => newDelivery(id, device, index + 1, presence, at));
      const created: TaskRecord = {
        id,
        kind: action.kind,
        name: request.name ?? nameOf(action),
        state: 'active',
        phase: policy.mode === 'unicast' || content.size === 0 ? 'finishing' : 'announcing',
        outcome: null,
        action,
        contentId: content.id,
        target: request.target,
        targetMode: 'snapshot',
        policy,
        createdAt: at,
        createdBy: operator.name,
        scheduledAt: null,
        window: null,
        supersedes: null,
        cancelledAt: null,
        finishedAt: null,
        targetCount: deliveries.length,
        counts: countStates(deliveries.map(({ state }) => state)),
        bytesUnicast: 0,
      };
      await transactor.insertTask(created, deliveries, at);
      await transactor.updateContent(content.id, { unneededSince: null });
      return { task: created, size: content.size };
    });
    if (task.phase === 'announcing' && size > 0) this.#ports.conductor.begin(task, 'first');
    this.#ports.wake(targets.map((device) => device.id));
    return task;
  }

  /** The devices that the selector means now, of those within the operator's scope. */
  async previewTargets(
    target: string,
    platform: string | undefined,
    operator: Pick<OperatorRecord, 'scope'>,
  ): Promise<readonly DeviceRecord[]> {
    const selector = parseSelector(target);
    if (!selector.ok) throw new Problem('invalid_selector', `the target "${shorten(target)}": ${selector.reason}`);
    const { reader } = this.#ports.store;
    const { names } = selector.value;
    const scope = scopeOf(operator);
    const found = names === undefined ? await allDevices(reader) : await reader.devicesByNamesOrIds(names);
    const candidates = found.filter((device) => isWithin(scope, device));
    const unknown = unknownNames(selector.value, candidates);
    if (unknown.length > 0) {
      const listed = quoteSome(unknown);
      // In the same words whether it is elsewhere or nowhere.
      throw scope === undefined
        ? new Problem('no_targets', `there is no device ${listed}`)
        : outside(operator, `the target ${listed}`);
    }
    const pending = names === undefined ? [] : candidates.filter(({ isPending }) => isPending);
    if (pending.length > 0) {
      const listed = quoteSome(pending.map(({ name }) => name));
      throw new Problem('no_targets', `${listed} waits for approval: rollcall device approve ${pending[0]!.name}`);
    }
    const targets = selectTargets(selector.value, candidates, platform);
    if (targets.length === 0) {
      const ofPlatform = platform === undefined ? '' : ` of platform ${platform}`;
      throw new Problem('no_targets', `no device${ofPlatform} matches "${shorten(target)}"`);
    }
    if (targets.length > TARGETS_MAX) {
      throw new Problem(
        'invalid_request',
        `${targets.length} targets are more than one task may have (${TARGETS_MAX})`,
      );
    }
    return targets;
  }

  async pause(taskId: string): Promise<TaskRecord> {
    const task = await this.#move(taskId, 'paused', 'pause', {});
    this.#ports.conductor.pause(taskId);
    // Who fetches is refused at its next request, asks, and is told that the task is paused.
    this.#ports.desk.releaseTask(taskId);
    return task;
  }

  async resume(taskId: string): Promise<TaskRecord> {
    const task = await this.#move(taskId, 'active', 'resume', {});
    this.#ports.conductor.resume(taskId);
    await this.#wakeOpen(taskId);
    return task;
  }

  async cancel(taskId: string): Promise<TaskRecord> {
    const now = this.#ports.now();
    await this.#move(taskId, 'cancelled', 'cancel', { cancelledAt: now, phase: 'finishing' });
    this.#ports.conductor.abort(taskId, 'the task was cancelled');
    await this.#changeOpen(taskId, (delivery) => cancelDelivery(delivery, now, false));
    return this.#taskOrProblem(this.#ports.store.reader, taskId);
  }

  async retry(taskId: string, devices: readonly string[] | undefined): Promise<TaskRecord> {
    const { store, now, conductor, presence } = this.#ports;
    const at = now();
    const retry = (delivery: DeliveryRecord) => retryDelivery(delivery, at, presence.isOnline(delivery.deviceId));
    const { policy } = await this.#taskOrProblem(store.reader, taskId);
    const wanted = devices === undefined ? undefined : await this.#targetIds(store.reader, taskId, devices);
    const ended = await store.reader.deviceIdsOfTask(taskId, RETRYABLE_STATES);
    const ids = wanted === undefined ? ended : ended.filter((deviceId) => wanted.has(deviceId));
    const multicastPhase = policy.mode === 'unicast' ? 'finishing' : 'announcing';
    let isReopened = false;
    for (let start = 0; start < Math.max(1, ids.length); start += DELIVERIES_PER_TRANSACTION) {
      const some = ids.slice(start, start + DELIVERIES_PER_TRANSACTION);
      const isLast = start + some.length === ids.length;
      const goesOn = await store.transact(async (transactor) => {
        const before = await this.#taskOrProblem(transactor, taskId);
        // Whoever cancelled it between two pieces has the last word.
        if (start > 0 && before.state === 'cancelled') return false;
        if ((await transactor.content(before.contentId))?.removedAt !== null) {
          throw new Problem('conflict', 'the content of this task is not kept any more: create a new task');
        }
        const retried = await moveSome(transactor, taskId, some, retry, at);
        if (start === 0 && retried.length === 0) {
          throw new Problem(
            'conflict',
            'nothing to retry: no delivery failed, was rejected, timed out or was cancelled',
          );
        }
        // The entry in the audit log is written with the first piece, and is for all of them.
        if (start === 0) transactor.touched.planDevices(ids.length);
        // With the first piece the task is open: if the server ends before the last one, what is left to retry is seen,
        // and may be asked for again. It may have ended again meanwhile, if all of those before were quick.
        const isEnded = before.state === 'completed' || before.state === 'cancelled';
        if (start > 0 && !isEnded && !isLast) return true;
        isReopened ||= isEnded;
        await transactor.updateContent(before.contentId, { unneededSince: null });
        const lifetime = before.policy.expiresAt - before.createdAt;
        const expiresAt = before.policy.expiresAt > at ? before.policy.expiresAt : at + lifetime;
        await transactor.updateTask(
          taskId,
          {
            ...(isEnded ? { state: 'active', outcome: null, finishedAt: null, cancelledAt: null } : {}),
            // In the last piece once more: the end of an earlier round may have been written between.
            ...(isReopened ? { phase: multicastPhase } : {}),
            policy: { ...before.policy, expiresAt },
          },
          at,
        );
        return true;
      });
      if (!goesOn) break;
    }
    const task = await this.#taskOrProblem(store.reader, taskId);
    if (task.phase === 'announcing') conductor.begin(task, 'repeat');
    await this.#wakeOpen(taskId);
    return task;
  }

  async delete(taskId: string): Promise<void> {
    const { store, now } = this.#ports;
    await store.transact(async (transactor) => {
      const task = await this.#taskOrProblem(transactor, taskId);
      if (task.phase !== 'ended')
        throw new Problem('conflict', `the task is ${task.state}: cancel it first, then delete it`);
      await transactor.deleteTask(taskId);
      if (await transactor.isContentUsed(task.contentId)) return;
      await transactor.updateContent(task.contentId, { unneededSince: task.finishedAt ?? now() });
    });
  }

  /** Its certificate is void at once, its open deliveries end. */
  async removeDevice(deviceId: string): Promise<void> {
    const { store, now, presence, desk, conductor } = this.#ports;
    const at = now();
    const endedTasks = new Set<string>();
    const changed = await store.transact(async (transactor) => {
      await transactor.revokeCertificates(deviceId, at);
      const removed: DeliveryRecord[] = [];
      for (const delivery of await transactor.openDeliveriesOfDevice(deviceId)) {
        const after = removeDelivery(delivery, at);
        if (after === undefined) continue;
        await transactor.changeDelivery(delivery, after, at);
        if (await settle(transactor, delivery.taskId, at)) endedTasks.add(delivery.taskId);
        removed.push(after);
      }
      await transactor.deleteDevice(deviceId, at);
      return removed;
    });
    presence.forget(deviceId);
    desk.releaseDevice(deviceId);
    for (const delivery of changed) conductor.noteDelivery(delivery);
    for (const taskId of endedTasks) conductor.abort(taskId, null);
  }

  /** Ends what is over time, and actions that outlived their task's cancellation. */
  async expire(): Promise<void> {
    const { store, now, conductor } = this.#ports;
    const at = now();
    for (const task of await store.reader.unendedTasks()) {
      if (task.state === 'cancelled') {
        const isForced = at >= (task.cancelledAt ?? at) + CANCEL_FORCED_AFTER_MS;
        if (isForced) await this.#changeOpen(task.id, (delivery) => cancelDelivery(delivery, at, true));
      } else if (task.policy.expiresAt <= at) {
        conductor.abort(task.id, 'the task expired');
        await this.#changeOpen(task.id, (delivery) => expireDelivery(delivery, at), 'expiry');
      }
    }
  }

  async #move(
    taskId: string,
    to: TaskRecord['state'],
    cause: 'pause' | 'resume' | 'cancel',
    change: Partial<TaskRecord>,
  ): Promise<TaskRecord> {
    const { store, now } = this.#ports;
    return store.transact(async (transactor) => {
      const task = await this.#taskOrProblem(transactor, taskId);
      if (!taskTransitions.allows(task.state, to, cause)) {
        throw new Problem('conflict', `a task that is ${task.state} cannot be ${PARTICIPLES[cause]}`);
      }
      return transactor.updateTask(taskId, { state: to, ...change }, now());
    });
  }

  /** In pieces, so that devices' reports get their turn; what a report ended meanwhile stays as it ended. */
  async #changeOpen(
    taskId: string,
    move: (delivery: DeliveryRecord) => DeliveryRecord | undefined,
    cause: 'lastDelivery' | 'expiry' = 'lastDelivery',
  ): Promise<void> {
    const { store, now, desk, conductor } = this.#ports;
    let hasEnded = false;
    const ids = await store.reader.deviceIdsOfTask(taskId, OPEN_STATES);
    for (let start = 0; start < Math.max(1, ids.length); start += DELIVERIES_PER_TRANSACTION) {
      const some = ids.slice(start, start + DELIVERIES_PER_TRANSACTION);
      const changed = await store.transact(async (transactor) => {
        const moved = await moveSome(transactor, taskId, some, move, now());
        hasEnded = (await settle(transactor, taskId, now(), cause)) || hasEnded;
        return moved;
      });
      for (const delivery of changed) {
        desk.release(taskId, delivery.deviceId);
        conductor.noteDelivery(delivery);
      }
    }
    if (hasEnded) conductor.abort(taskId, null);
    this.#ports.wake(ids);
  }

  async #wakeOpen(taskId: string): Promise<void> {
    this.#ports.wake(await this.#ports.store.reader.deviceIdsOfTask(taskId, OPEN_STATES));
  }

  async #targetIds(reader: StoreReader, taskId: string, namesOrIds: readonly string[]): Promise<ReadonlySet<string>> {
    const targets = await reader.deviceNamesOfTask(taskId);
    const ids = new Map([...targets].flatMap(([id, name]) => [[id, id] as const, [name, id] as const]));
    const unknown = namesOrIds.find((nameOrId) => !ids.has(nameOrId));
    if (unknown !== undefined) throw new Problem('not_found', `the task is not for a device "${unknown}"`);
    return new Set(namesOrIds.map((nameOrId) => ids.get(nameOrId)!));
  }

  async #taskOrProblem(reader: StoreReader, taskId: string): Promise<TaskRecord> {
    const task = await reader.task(taskId);
    if (task === undefined) throw new Problem('not_found', `there is no task ${taskId}`);
    return task;
  }

  #policyOf(asked: Partial<TaskPolicy>, now: number): TaskPolicy {
    const expiresAt = asked.expiresAt ?? now + limits.TASK_EXPIRY_SECONDS_DEFAULT * 1000;
    if (expiresAt <= now) throw new Problem('invalid_request', 'policy.expiresAt lies in the past');
    if (expiresAt > now + limits.TASK_EXPIRY_SECONDS_MAX * 1000) {
      throw new Problem('invalid_request', 'policy.expiresAt is more than five years ahead');
    }
    const timeoutSeconds = asked.timeoutSeconds ?? limits.ACTION_TIMEOUT_SECONDS_DEFAULT;
    if (timeoutSeconds > limits.ACTION_TIMEOUT_SECONDS_MAX) {
      throw new Problem('invalid_request', 'policy.timeoutSeconds is more than a week');
    }
    return {
      mode: asked.mode ?? this.#ports.defaultMode,
      weight: asked.weight ?? limits.WEIGHT_DEFAULT,
      ...(asked.rateBitsPerSecond === undefined ? {} : { rateBitsPerSecond: asked.rateBitsPerSecond }),
      ...(asked.platform === undefined ? {} : { platform: asked.platform }),
      timeoutSeconds,
      expiresAt,
      startWhen: asked.startWhen ?? { share: 1 },
      maxWaitMs: asked.maxWaitMs ?? MAX_WAIT_MS_DEFAULT,
    };
  }
}

/** Those that could be moved, as they are now: a report may have moved others since they were looked for. */
async function moveSome(
  transactor: StoreTransactor,
  taskId: string,
  deviceIds: readonly string[],
  move: (delivery: DeliveryRecord) => DeliveryRecord | undefined,
  at: number,
): Promise<readonly DeliveryRecord[]> {
  const changes: DeliveryChange[] = [];
  for (const before of await transactor.someDeliveriesOfTask(taskId, deviceIds)) {
    const after = move(before);
    if (after !== undefined) changes.push({ before, after });
  }
  await transactor.changeDeliveries(changes, at);
  return changes.map(({ after }) => after);
}

function quoteSome(names: readonly string[]): string {
  return names
    .slice(0, 5)
    .map((name) => `"${name}"`)
    .join(', ');
}

async function actionOf(
  { action }: CreateTaskRequest,
  transactor: StoreTransactor,
  newId: () => string,
): Promise<Action> {
  if (action.kind !== 'batch') return action;
  return { ...action, batchId: newId(), sequence: await transactor.nextBatchSequence(action.channel) };
}

function newDelivery(
  taskId: string,
  device: DeviceRecord,
  nodeId: number,
  presence: Presence,
  now: number,
): DeliveryRecord {
  return {
    taskId,
    deviceId: device.id,
    siteId: device.siteId,
    nodeId,
    state: 'queued',
    reason: presence.isOnline(device.id) ? 'not_notified' : 'offline',
    path: null,
    attempt: 1,
    sequence: 0,
    phase: 0,
    notBefore: null,
    version: null,
    bytesMulticast: 0,
    bytesUnicast: 0,
    lossRatio: null,
    startedAt: null,
    finishedAt: null,
    updatedAt: now,
    error: null,
  };
}

async function allDevices(reader: StoreReader): Promise<readonly DeviceRecord[]> {
  const all: DeviceRecord[] = [];
  for (;;) {
    const last = all.at(-1);
    const behind = last === undefined ? undefined : { value: last.name, id: last.id };
    const page = await reader.devices({ by: 'name', isDescending: false, behind, limit: limits.PAGE_LENGTH_MAX });
    all.push(...page);
    if (page.length < limits.PAGE_LENGTH_MAX) return all;
    await nextTurn();
  }
}

function nameOf(action: Action): string {
  if (action.kind === 'copy' || action.kind === 'batch') return `${action.kind} ${action.name}`.slice(0, 256);
  return `${action.kind} ${action.app} ${action.version}`.slice(0, 256);
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

const PARTICIPLES = { pause: 'paused', resume: 'resumed', cancel: 'cancelled' } as const;
const OPEN_STATES = deliveryTransitions.states.filter((state) => !deliveryTransitions.isTerminal(state));
const RETRYABLE_STATES = deliveryTransitions.states.filter((state) =>
  deliveryTransitions.allows(state, 'queued', 'retry'),
);
const MAX_WAIT_MS_DEFAULT = 10_000;
