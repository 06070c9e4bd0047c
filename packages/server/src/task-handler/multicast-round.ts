/**
 * One multicast of a task at one site, from the announcement to the end: it asks first who lacks what (a repeat), opens
 * the sender, tells the devices, begins by the start rule, ends by the end rule, and leaves what is missing to unicast.
 *
 * The rules are the core's; this class feeds them with what happens and does what they say.
 */
import { randomInt } from 'node:crypto';
import { deliveryTransitions, leafEntryBytes, type LeafRange, type SessionDescription } from '@rollcall/api';
import type { Logger } from 'pino';
import type { MulticastConfig } from '../config.ts';
import type { RoundState } from '../core/decide-completion.ts';
import { askingNodes, decideEnd, nothingArrives, type Participant } from '../core/end-rule.ts';
import { planRepeat } from '../core/plan-round.ts';
import {
  bytesOfLeaves,
  MulticastError,
  type ContentRoom,
  type MulticastPlan,
  type MulticastProgress,
  type MulticastRoom,
  type MulticastSession,
  type Store,
  type StoreTransactor,
} from '../core/ports.ts';
import type { Presence } from '../core/presence.ts';
import { BLOCKED_MESSAGE, ReceptionVerdict } from '../core/reception-verdict.ts';
import type { ContentRecord, DeliveryRecord, HandedOver, SessionRecord, TaskRecord } from '../core/records.ts';
import { decideStart } from '../core/start-rule.ts';
import {
  ANNOUNCEMENT_MS_MIN,
  COLLECTION_MS,
  DEVICES_LOOKED_AT_PER_MS,
  HANDED_OVER_MAX,
  LOOK_REST_MS_MAX,
  POISONED_LEAVES_PER_LISTENER_MAX,
  REPEAT_BYTES_MIN,
  REPEAT_COLLECTION_MS,
} from '../limits.ts';
import { Bell } from './bell.ts';
import { PausableClock } from './pausable-clock.ts';
import type { SessionPlace, SessionPlaces } from './session-places.ts';

/** `first`: everything to everybody. The others ask first what is missing. */
export type RoundPurpose = 'first' | 'repeat' | 'restart';

export interface MulticastRoundPorts {
  readonly store: Store;
  readonly room: MulticastRoom;
  readonly content: Pick<ContentRoom, 'locate'>;
  readonly presence: Presence;
  readonly places: SessionPlaces;
  readonly config: MulticastConfig;
  readonly owner: string;
  /** UTC, for the rows; intervals go by the other. */
  readonly now: () => number;
  readonly monotonicNow: () => number;
  readonly newId: () => string;
  readonly wake: (deviceIds: readonly string[]) => void;
  readonly log: Logger;
}

interface Listener {
  readonly nodeId: number;
  isReady: boolean;
  /** How often it has begun to listen: each time its feedback is numbered anew. */
  readyCount: number;
  /** Leaves that came wrong, of which it asked how. */
  poisonedCount: number;
  isDone: boolean;
  bytesMulticast: number | undefined;
}

export class MulticastRound {
  readonly taskId: string;
  readonly siteId: string;
  readonly #ports: MulticastRoundPorts;
  readonly #task: TaskRecord;
  readonly #content: ContentRecord;
  readonly #purpose: RoundPurpose;
  readonly #bell = new Bell();
  readonly #needs = new Map<string, readonly LeafRange[] | undefined>();
  readonly #listeners = new Map<string, Listener>();
  readonly #deviceIds = new Map<number, string>();
  #session: MulticastSession | undefined;
  #description: SessionRecord['description'] = null;
  #sessionId: string | undefined;
  #progress: MulticastProgress | undefined;
  readonly #handedOver = new Map<string, HandedOver>();
  #isCollecting = false;
  #isPoisoned = false;
  #isOpen = false;
  #isPaused: boolean;
  #abortion: { readonly error: string | null } | undefined;
  #isClosing = false;
  readonly #stop = new AbortController();
  /** The sender has closed its socket. */
  #isOver = false;

  constructor(
    ports: MulticastRoundPorts,
    subject: { readonly task: TaskRecord; readonly content: ContentRecord; readonly siteId: string },
    purpose: RoundPurpose,
  ) {
    this.#ports = ports;
    this.#task = subject.task;
    this.taskId = subject.task.id;
    this.#content = subject.content;
    this.siteId = subject.siteId;
    this.#purpose = purpose;
    this.#isPaused = subject.task.state === 'paused';
  }

  get state(): RoundState {
    return this.#isOpen && this.#sessionId !== undefined
      ? { state: 'open', sessionId: this.#sessionId }
      : { state: 'planned' };
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  /** It was aborted, or the server goes: it does nothing more but close. */
  get isStopped(): boolean {
    return this.#isClosing || this.#abortion !== undefined;
  }

  get progress(): MulticastProgress | undefined {
    return this.#progress;
  }

  describe({ deviceId, nodeId }: DeliveryRecord): SessionDescription | undefined {
    if (this.#description === null || this.#session === undefined) return undefined;
    // What it hears is spoiled: it waits for its turn by unicast.
    if (this.#handedOver.get(deviceId)?.reason === 'poisoned') return undefined;
    const readyCount = this.#listeners.get(deviceId)?.readyCount ?? 0;
    return { ...this.#description, nodeId, authentication: this.#session.authenticationFor(nodeId, readyCount) };
  }

  /** What a device lacks, while that is being asked. */
  noteNeed(deviceId: string, missing: readonly LeafRange[] | undefined): void {
    if (!this.#isCollecting) return;
    this.#needs.set(deviceId, missing);
    this.#bell.ring();
  }

  noteReady(deviceId: string): boolean {
    const listener = this.#listeners.get(deviceId);
    if (listener === undefined || !this.#isOpen) return false;
    listener.isReady = true;
    listener.readyCount += 1;
    this.#bell.ring();
    return true;
  }

  /**
   * A leaf of the content came wrong to a device, under this session's key: another member of the group speaks as the
   * sender. Returns the session's symbol size while it is worth the device's while to go on; undefined: it is left to unicast.
   */
  notePoisoned(deviceId: string, contentId: string): number | undefined {
    const listener = this.#listeners.get(deviceId);
    if (listener?.isReady !== true || !this.#isOpen || contentId !== this.#content.id) return undefined;
    listener.poisonedCount += 1;
    const facts = { taskId: this.taskId, sessionId: this.#sessionId, deviceId, count: listener.poisonedCount };
    this.#ports.log.warn(facts, 'a device got wrong content that was signed as ours');
    if (listener.poisonedCount <= POISONED_LEAVES_PER_LISTENER_MAX) return this.#session?.symbolSize;
    this.#isPoisoned = true;
    if (!this.#handedOver.has(deviceId) && this.#handedOver.size < HANDED_OVER_MAX)
      this.#handedOver.set(deviceId, { deviceId, reason: 'poisoned', lossRatio: null, groupLossRatio: null });
    this.#bell.ring();
    return undefined;
  }

  noteDelivery({ deviceId, state, bytesMulticast }: DeliveryRecord): void {
    const listener = this.#listeners.get(deviceId);
    if (listener === undefined) return;
    listener.isDone = state !== 'queued' && state !== 'receiving';
    if (bytesMulticast > 0) listener.bytesMulticast = bytesMulticast;
    this.#bell.ring();
  }

  noteReception(deviceId: string, bytesMulticast: number): void {
    const listener = this.#listeners.get(deviceId);
    if (listener !== undefined && listener.isReady) listener.bytesMulticast = bytesMulticast;
  }

  pause(): void {
    this.#isPaused = true;
    this.#session?.pause();
    this.#bell.ring();
  }

  resume(): void {
    this.#isPaused = false;
    this.#session?.resume();
    this.#bell.ring();
  }

  /** Nobody needs it any more. */
  abort(error: string | null): void {
    this.#abortion ??= { error };
    this.#stop.abort();
    this.#bell.ring();
  }

  /** The server goes: what is written stays as it is, and is taken up at the next start. */
  close(): void {
    this.#isClosing = true;
    this.#stop.abort();
    this.#bell.ring();
  }

  /** Resolves when the round is over, with what became of its listeners; undefined when there was no session. */
  async run(): Promise<{ readonly sessionId: string; readonly verdict: ReceptionVerdict } | undefined> {
    let leaves: readonly LeafRange[] | undefined;
    if (this.#purpose !== 'first') {
      const plan = await this.#collect();
      if (plan.decision === 'finish' || this.isStopped) return undefined;
      leaves = plan.leaves;
    }
    const rate = this.#task.policy.rateBitsPerSecond;
    const place = await this.#ports.places.take(rate === undefined ? undefined : rate / 8, this.#stop.signal);
    if (place === undefined) return undefined;
    try {
      if (this.isStopped) return undefined;
      return await this.#multicast(place, leaves);
    } finally {
      place.leave();
    }
  }

  /** Asks the devices that are, or were just now, connected. */
  async #collect(): Promise<ReturnType<typeof planRepeat>> {
    const { store, presence, monotonicNow } = this.#ports;
    this.#isCollecting = true;
    const open = await this.#openDeliveries(store);
    const until = monotonicNow() + (this.#purpose === 'restart' ? COLLECTION_MS : REPEAT_COLLECTION_MS);
    const expected = open.filter(
      ({ deviceId, state }) =>
        presence.isOnline(deviceId) || (this.#purpose === 'restart' && (state === 'receiving' || state === 'received')),
    );
    this.#ports.wake(expected.map(({ deviceId }) => deviceId));
    const isComplete = () => expected.length > 0 && expected.every(({ deviceId }) => this.#needs.has(deviceId));
    while (!this.isStopped && monotonicNow() < until && !isComplete())
      await this.#bell.wait(until - monotonicNow(), restOf(expected.length));
    this.#isCollecting = false;
    const needs = [...this.#needs].map(([deviceId, missing]) => ({ deviceId, missing }));
    return planRepeat(needs, this.#content, REPEAT_BYTES_MIN);
  }

  async #multicast(
    place: SessionPlace,
    leaves: readonly LeafRange[] | undefined,
  ): Promise<{ readonly sessionId: string; readonly verdict: ReceptionVerdict } | undefined> {
    const { store, now } = this.#ports;
    for (const { deviceId, nodeId } of await this.#openDeliveries(store)) {
      this.#deviceIds.set(nodeId, deviceId);
      this.#listeners.set(deviceId, {
        nodeId,
        isReady: false,
        readyCount: 0,
        poisonedCount: 0,
        isDone: false,
        bytesMulticast: undefined,
      });
    }
    const plan = this.#plan(place, leaves);
    const record: SessionRecord = {
      id: plan.sessionId,
      taskId: this.taskId,
      siteId: this.siteId,
      mode: plan.mode,
      state: 'announcing',
      owner: this.#ports.owner,
      leaseUntil: now() + LEASE_MS,
      description: null,
      createdAt: now(),
      startedAt: null,
      endedAt: null,
      bytesSent: 0,
      repairBytes: 0,
      handedOver: [],
      error: null,
    };
    const isWanted = await this.#whileUnended(async (transactor) => {
      await transactor.insertSession(record, now());
      await transactor.updateTask(this.taskId, { phase: 'announcing' }, now());
    });
    if (!isWanted) return undefined;
    this.#sessionId = plan.sessionId;
    try {
      this.#session = await this.#ports.room.open(plan);
    } catch (error) {
      if (!(error instanceof MulticastError))
        this.#ports.log.error(
          { err: error, taskId: this.taskId, sessionId: plan.sessionId },
          'the sender could not be opened',
        );
      await this.#noteEnd('failed', (error as Error).message);
      return undefined;
    }
    place.onRate((rate) => this.#session?.setRate(rate));
    this.#session.setRate(place.rate);
    try {
      if (await this.#announce(plan, this.#session)) return await this.#send(this.#session);
    } finally {
      // Also when a write failed: nobody else would end the sender.
      this.#isOpen = false;
      this.#session.end();
      await this.#session.closed;
    }
    if (!this.#isClosing)
      await this.#noteEnd('ended', this.#abortion === undefined ? NOBODY_READY_MESSAGE : this.#abortion.error);
    return undefined;
  }

  /** Writes only while the task has not ended: it may have since the round was begun. */
  async #whileUnended(write: (transactor: StoreTransactor) => Promise<void>): Promise<boolean> {
    return this.#ports.store.transact(async (transactor) => {
      const task = await transactor.task(this.taskId);
      if (task === undefined || !isUnended(task)) return false;
      await write(transactor);
      return true;
    });
  }

  /** True when it is time to send. */
  async #announce(plan: MulticastPlan, session: MulticastSession): Promise<boolean> {
    const { store, now, monotonicNow, presence } = this.#ports;
    const announcedAt = monotonicNow();
    const description = {
      sessionId: plan.sessionId,
      siteId: this.siteId,
      mode: plan.mode,
      group: { ...session.group },
      ...(session.sourceAddress === undefined ? {} : { sourceAddress: session.sourceAddress }),
      sender: { ...plan.sender },
      symbolSize: session.symbolSize,
      fec: { ...session.fec },
      objects: plan.objects.map(({ toi, role, contentId, size }) => ({ toi, role, contentId, size })),
    };
    await store.transact((transactor) => transactor.updateSession(plan.sessionId, { description }, now()));
    this.#description = description;
    this.#isOpen = true;
    this.#ports.wake([...this.#listeners.keys()]);
    for (;;) {
      if (this.isStopped) return false;
      const all = [...this.#listeners];
      const decision = decideStart(
        {
          announcedAt,
          startWhen: this.#task.policy.startWhen,
          minimumWaitMs: ANNOUNCEMENT_MS_MIN,
          maxWaitMs: this.#task.policy.maxWaitMs,
          // Who had the content already, or does not want it, is not waited for.
          onlineCount: all.filter(([deviceId, { isDone }]) => !isDone && presence.isOnline(deviceId)).length,
          readyCount: all.filter(([, { isReady, isDone }]) => isReady && !isDone).length,
          isPaused: this.#isPaused,
        },
        monotonicNow(),
      );
      if (decision.decision !== 'wait') return decision.decision === 'start';
      if (all.length > 0 && all.every(([, { isDone }]) => isDone)) return false;
      await this.#bell.wait(decision.until - monotonicNow(), restOf(all.length));
    }
  }

  async #send(session: MulticastSession): Promise<{ sessionId: string; verdict: ReceptionVerdict } | undefined> {
    const { now, monotonicNow } = this.#ports;
    const isWanted = await this.#whileUnended(async (transactor) => {
      const startedAt = now();
      const change = { state: 'sending', startedAt, leaseUntil: startedAt + LEASE_MS } as const;
      await transactor.updateSession(this.#sessionId!, change, startedAt);
      await transactor.updateTask(this.taskId, { phase: 'multicasting' }, startedAt);
    });
    if (!isWanted) {
      await this.#noteEnd('ended', this.#abortion?.error ?? null);
      return undefined;
    }
    // A pause stops the rules' clock: nobody becomes a straggler while nothing is sent.
    const clock = new PausableClock(monotonicNow);
    session.start((progress) => {
      this.#progress = progress;
      this.#bell.ring();
    });
    if (this.#isPaused) session.pause();
    void session.closed.then(() => {
      this.#isOver = true;
      this.#bell.ring();
    });
    let error: string | null = null;
    let allSentAt: number | undefined;
    let notedAt = -Infinity;
    while (!this.#isOver && !this.isStopped) {
      await this.#bell.wait(1000, restOf(this.#listeners.size));
      const at = clock.tick(this.#isPaused);
      const progress = this.#progress;
      if (progress === undefined || this.#isPaused) continue;
      if (progress.isAllSent) allSentAt ??= at;
      await this.#noteStragglers(progress);
      if (monotonicNow() - notedAt >= SENT_NOTED_EVERY_MS) {
        notedAt = monotonicNow();
        await this.#noteSent(progress);
      }
      const round = { startedAt: 0, allSentAt, participants: this.#participants(), progress };
      const reason = decideEnd(round, at);
      if (reason === undefined) continue;
      this.#ports.log.info(
        { taskId: this.taskId, sessionId: this.#sessionId, reason },
        'the multicast has done its part',
      );
      if (reason === 'stragglers' || reason === 'demand_endless') this.#handOver(askingNodes(round));
      if (reason === 'blocked' || nothingArrives(round)) error = BLOCKED_MESSAGE;
      break;
    }
    this.#isOpen = false;
    session.end();
    const end = await session.closed;
    this.#progress = end.progress ?? this.#progress;
    if (this.#isClosing) {
      if (this.#progress !== undefined) await this.#noteSent(this.#progress);
      return undefined;
    }
    error = end.error ?? this.#abortion?.error ?? error ?? (this.#isPoisoned ? POISONED_MESSAGE : null);
    await this.#noteEnd(end.error === undefined ? 'ended' : 'failed', error);
    return { sessionId: this.#sessionId!, verdict: this.#verdict() };
  }

  #participants(): Participant[] {
    const { presence } = this.#ports;
    return [...this.#listeners]
      .filter(([, { isReady }]) => isReady)
      .map(([deviceId, { nodeId, isDone, bytesMulticast }]) => ({
        nodeId,
        isDone: isDone || !presence.isOnline(deviceId),
        bytesMulticast,
      }));
  }

  #verdict(): ReceptionVerdict {
    const ready = [...this.#listeners].filter(([, { isReady }]) => isReady);
    const answering = new Set(this.#progress?.receivers.map(({ nodeId }) => nodeId));
    const verdict = new ReceptionVerdict(
      ready.map(([deviceId]) => deviceId),
      [...this.#listeners].flatMap(([deviceId, { nodeId }]) => (answering.has(nodeId) ? [deviceId] : [])),
    );
    for (const [deviceId, { bytesMulticast, isDone }] of ready) {
      if ((bytesMulticast ?? 0) > 0) verdict.hear(deviceId, bytesMulticast!);
      else if (isDone) verdict.excuse(deviceId);
    }
    return verdict;
  }

  /** For the figures of a session that is cut off; no reason to end one. */
  async #noteSent({ bytesSent, repairBytes }: MulticastProgress): Promise<void> {
    const { store, log } = this.#ports;
    const sessionId = this.#sessionId!;
    try {
      await store.transact((transactor) => transactor.noteSent(sessionId, bytesSent, repairBytes));
    } catch (error) {
      log.warn({ err: error, taskId: this.taskId, sessionId }, 'what a session has sent could not be written down');
    }
  }

  async #noteEnd(state: 'ended' | 'failed', error: string | null): Promise<void> {
    const endedAt = this.#ports.now();
    const { bytesSent = 0, repairBytes = 0 } = this.#progress ?? {};
    const handedOver = [...this.#handedOver.values()];
    await this.#ports.store.transact((transactor) =>
      transactor.updateSession(
        this.#sessionId!,
        { state, endedAt, bytesSent, repairBytes, handedOver, error },
        endedAt,
      ),
    );
  }

  /** Who loses far more than the rest is finished by unicast when the room is done; the operator sees it at once. */
  async #noteStragglers({ stragglers }: MulticastProgress): Promise<void> {
    const before = this.#handedOver.size;
    for (const { nodeId, reason, lossRatio, groupLossRatio } of stragglers) {
      const deviceId = this.#deviceIds.get(nodeId);
      if (deviceId === undefined || this.#handedOver.has(deviceId) || this.#handedOver.size >= HANDED_OVER_MAX)
        continue;
      this.#handedOver.set(deviceId, { deviceId, reason, lossRatio, groupLossRatio });
      const facts = { taskId: this.taskId, sessionId: this.#sessionId, deviceId, reason, lossRatio, groupLossRatio };
      this.#ports.log.info(facts, 'a device loses, or asks for, far more than the rest: it is left to unicast');
    }
    if (this.#handedOver.size === before) return;
    const { store, now } = this.#ports;
    const handedOver = [...this.#handedOver.values()];
    await store.transact((transactor) => transactor.updateSession(this.#sessionId!, { handedOver }, now()));
  }

  /** These still asked when the session ended for them. */
  #handOver(nodeIds: readonly number[]): void {
    for (const nodeId of nodeIds) {
      const deviceId = this.#deviceIds.get(nodeId);
      if (deviceId === undefined || this.#handedOver.size >= HANDED_OVER_MAX) continue;
      this.#handedOver.set(deviceId, { deviceId, reason: 'last', lossRatio: null, groupLossRatio: null });
    }
  }

  async #openDeliveries(store: Store): Promise<DeliveryRecord[]> {
    const all = await store.reader.deliveriesOfTask(this.taskId);
    return all.filter(({ state, siteId }) => siteId === this.siteId && !deliveryTransitions.isTerminal(state));
  }

  #plan(place: SessionPlace, leaves: readonly LeafRange[] | undefined): MulticastPlan {
    const { config, content, newId } = this.#ports;
    const { id, root, size, leafCount, encoding } = this.#content;
    const tableSize = leafCount * leafEntryBytes(encoding);
    const mode = this.#task.policy.mode === 'broadcast' ? 'broadcast' : 'multicast';
    const files = content.locate(id);
    return {
      taskId: this.taskId,
      sessionId: newId(),
      mode,
      group: { address: mode === 'broadcast' ? config.broadcastAddress : config.multicastAddress, port: place.port },
      isSourceSpecific: mode === 'multicast' && config.isSourceSpecific,
      interfaces: config.interfaces,
      ttl: config.ttl,
      // Above every device's node id, and another one each time: two servers on one group are told apart.
      sender: { nodeId: randomInt(0x4000_0000, 0xffff_fffe), instanceId: randomInt(0x1_0000) },
      // All that may ever listen: whoever comes later is one of them.
      groupSize: this.#listeners.size,
      rateBytesPerSecond: place.rate,
      rateControl: config.rateControl,
      objects: [
        { toi: 1, role: 'leaf-table', contentId: id, root, size: tableSize, path: files.leafTable },
        {
          toi: 2,
          role: 'content',
          contentId: id,
          size,
          root,
          path: files.content,
          ...(leaves === undefined ? {} : { ranges: bytesOfLeaves(leaves, this.#content) }),
        },
      ],
    };
  }
}

/** A round looks at all its devices whenever one says something: with many, at most so often, in milliseconds. */
function restOf(deviceCount: number): number {
  return Math.min(LOOK_REST_MS_MAX, deviceCount / DEVICES_LOOKED_AT_PER_MS);
}

/** Whether the task's multicast may still change it. */
export function isUnended({ state, phase }: TaskRecord): boolean {
  return (state === 'active' || state === 'paused') && phase !== 'ended';
}

const POISONED_MESSAGE =
  'a device of the group, or somebody who has its keys, sent wrong content as this server: those it reached were completed by unicast';

const NOBODY_READY_MESSAGE =
  'no device that wants the content was listening when the wait was over; whoever still lacks it gets it by unicast';

/** The seam for several servers: how long a session is its owner's without a word. */
const LEASE_MS = 60_000;

/** How often what a session has sent is written down: a server that is killed knows it but for the last seconds. */
const SENT_NOTED_EVERY_MS = 5_000;
