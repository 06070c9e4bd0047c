/** All multicast rounds: begins them, tells each what concerns it, and hands their tasks on to unicast when they are over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { deliveryTransitions, type HeldContent, type LeafRange, type SessionDescription } from '@rollcall/api';
import type { RoundState } from '../core/decide-completion.ts';
import type { MulticastProgress } from '../core/ports.ts';
import type { Reception } from '../core/presence.ts';
import { BLOCKED_MESSAGE, type ReceptionVerdict } from '../core/reception-verdict.ts';
import { DEFAULT_SITE_ID, type DeliveryRecord, type TaskRecord } from '../core/records.ts';
import { HANDED_OVER_MAX } from '../limits.ts';
import { isUnended, MulticastRound, type MulticastRoundPorts, type RoundPurpose } from './multicast-round.ts';

interface Turn {
  readonly task: TaskRecord;
  readonly purpose: RoundPurpose;
}

interface Afterwards {
  readonly sessionId: string;
  readonly verdict: ReceptionVerdict;
}

export class MulticastConductor {
  readonly #ports: MulticastRoundPorts;
  readonly #rounds = new Map<string, MulticastRound>();
  /** Tasks whose round was begun and is not over; it is in `#rounds` a little later. */
  readonly #begun = new Set<string>();
  /** Of those, the tasks that were begun once more meanwhile: a retry that came before the session of before had closed. */
  readonly #again = new Map<string, RoundPurpose>();
  /** Sessions that are over, and of which it is not known yet whether anything of them arrived. */
  readonly #afterwards = new Map<string, Afterwards>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(ports: MulticastRoundPorts) {
    this.#ports = ports;
  }

  /** The task's row is in phase `announcing`. */
  begin(task: TaskRecord, purpose: RoundPurpose): void {
    if (this.#closing.signal.aborted) return;
    if (this.#begun.has(task.id)) {
      // Who is retried while one goes on may listen to that one: only behind one that was stopped comes another.
      if (this.#rounds.get(task.id)?.isStopped ?? true) this.#again.set(task.id, purpose);
      return;
    }
    this.#begun.add(task.id);
    const running = this.#run(task, purpose);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  /** What was running when the server stopped is taken up. */
  async recover(): Promise<void> {
    const { store, now, log } = this.#ports;
    const interrupted = await store.reader.openSessions();
    for (const { id } of interrupted) {
      const change = { state: 'failed', endedAt: now(), error: INTERRUPTED_MESSAGE } as const;
      await store
        .transact((transactor) => transactor.updateSession(id, change, now()))
        .catch((error: unknown) => log.error({ err: error, sessionId: id }, 'a session could not be written'));
    }
    for (const task of await store.reader.unendedTasks()) {
      const isSending = task.phase === 'announcing' || task.phase === 'multicasting';
      if (!isSending || (task.state !== 'active' && task.state !== 'paused')) continue;
      const wasSent = (await store.reader.sessionsOfTask(task.id)).some(({ startedAt }) => startedAt !== null);
      this.begin(task, wasSent ? 'restart' : 'first');
    }
  }

  roundOf(taskId: string, siteId: string): RoundState | undefined {
    return this.#roundAt(taskId, siteId)?.state;
  }

  describe(taskId: string, delivery: DeliveryRecord): SessionDescription | undefined {
    return this.#roundAt(taskId, delivery.siteId)?.describe(delivery);
  }

  /** A completion request told what the device lacks. */
  noteHeld(taskId: string, deviceId: string, held: HeldContent | undefined, leafCount: number): void {
    const missing: readonly LeafRange[] | undefined = held?.missing;
    this.#rounds.get(taskId)?.noteNeed(deviceId, missing);
    const lacksAll = missing === undefined || missing.reduce((sum, [, count]) => sum + count, 0) >= leafCount;
    this.#decideAfterwards(taskId, (verdict) => verdict.hear(deviceId, lacksAll ? 0 : 1));
  }

  noteReady(sessionId: string, deviceId: string): boolean {
    for (const round of this.#rounds.values()) {
      if (round.sessionId === sessionId) return round.noteReady(deviceId);
    }
    return false;
  }

  /** See `MulticastRound.notePoisoned`. */
  notePoisoned(sessionId: string, deviceId: string, contentId: string): number | undefined {
    for (const round of this.#rounds.values()) {
      if (round.sessionId === sessionId) return round.notePoisoned(deviceId, contentId);
    }
    return undefined;
  }

  noteDelivery(delivery: DeliveryRecord): void {
    this.#rounds.get(delivery.taskId)?.noteDelivery(delivery);
    const { deviceId, state, bytesMulticast, path } = delivery;
    this.#decideAfterwards(delivery.taskId, (verdict) => {
      if (bytesMulticast > 0) verdict.hear(deviceId, bytesMulticast);
      else if (path === 'already_present') verdict.excuse(deviceId);
      else if (state === 'received' || state === 'executing' || state === 'succeeded') verdict.hear(deviceId, 0);
      else if (deliveryTransitions.isTerminal(state)) verdict.excuse(deviceId);
    });
  }

  noteReceptions(deviceId: string, receptions: readonly Reception[]): void {
    for (const { taskId, bytesMulticast } of receptions) {
      this.#rounds.get(taskId)?.noteReception(deviceId, bytesMulticast);
      if (bytesMulticast > 0) this.#decideAfterwards(taskId, (verdict) => verdict.hear(deviceId, bytesMulticast));
    }
  }

  progressOf(taskId: string): { readonly sessionId: string; readonly progress: MulticastProgress } | undefined {
    const round = this.#rounds.get(taskId);
    if (round?.sessionId === undefined || round.progress === undefined) return undefined;
    return { sessionId: round.sessionId, progress: round.progress };
  }

  get taskIds(): Iterable<string> {
    return this.#rounds.keys();
  }

  pause(taskId: string): void {
    this.#rounds.get(taskId)?.pause();
  }

  resume(taskId: string): void {
    this.#rounds.get(taskId)?.resume();
  }

  /** The task has ended or was cancelled. No reason: as it should. */
  abort(taskId: string, reason: string | null): void {
    this.#again.delete(taskId);
    this.#rounds.get(taskId)?.abort(reason);
    this.#afterwards.delete(taskId);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const round of this.#rounds.values()) round.close();
    this.#ports.places.close();
    await this.#ports.room.close();
    await Promise.all(this.#running);
  }

  #roundAt(taskId: string, siteId: string): MulticastRound | undefined {
    const round = this.#rounds.get(taskId);
    return round?.siteId === siteId ? round : undefined;
  }

  /** Never rejects: whatever fails, the task goes on by unicast. */
  async #run(task: TaskRecord, purpose: RoundPurpose): Promise<void> {
    const { log } = this.#ports;
    let afterwards: Afterwards | undefined;
    for (let turn: Turn | undefined = { task, purpose }; turn !== undefined; turn = await this.#nextTurn(task.id)) {
      try {
        afterwards = await this.#runRound(turn);
      } catch (error) {
        log.error({ err: error, taskId: task.id }, 'a multicast round failed');
      }
      this.#rounds.delete(task.id);
    }
    if (afterwards !== undefined && !afterwards.verdict.isSettled) this.#afterwards.set(task.id, afterwards);
    while (!this.#closing.signal.aborted) {
      try {
        await this.#finish(task.id);
        return;
      } catch (error) {
        log.error({ err: error, taskId: task.id }, 'the end of a multicast could not be written: trying again');
        await sleep(WRITE_AGAIN_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  /**
   * What was begun once more meanwhile; undefined: nothing, and from this moment on the task may be begun anew. It may have
   * been paused, changed or ended since.
   */
  async #nextTurn(taskId: string): Promise<Turn | undefined> {
    for (let purpose = this.#again.get(taskId); purpose !== undefined; purpose = this.#again.get(taskId)) {
      this.#again.delete(taskId);
      if (this.#closing.signal.aborted) break;
      const task = await this.#ports.store.reader.task(taskId).catch(() => undefined);
      if (task !== undefined && isUnended(task)) return { task, purpose };
    }
    this.#begun.delete(taskId);
    return undefined;
  }

  async #runRound({ task, purpose }: Turn): Promise<Afterwards | undefined> {
    const content = await this.#ports.store.reader.content(task.contentId);
    if (content === undefined) return undefined;
    const round = new MulticastRound(this.#ports, { task, siteId: DEFAULT_SITE_ID, content }, purpose);
    this.#rounds.set(task.id, round);
    return round.run();
  }

  /** The multicast is over, or there was none: who lacks something asks for it now. */
  async #finish(taskId: string): Promise<void> {
    const { store, now } = this.#ports;
    await store.transact(async (transactor) => {
      const task = await transactor.task(taskId);
      // A retry may have begun the next round meanwhile.
      if (task === undefined || this.#begun.has(taskId)) return;
      for (const { id, endedAt } of await transactor.sessionsOfTask(taskId)) {
        // Its round failed before it could say so.
        const change = { state: 'failed', endedAt: now(), error: FAILED_MESSAGE } as const;
        if (endedAt === null) await transactor.updateSession(id, change, now());
      }
      if (isUnended(task)) await transactor.updateTask(taskId, { phase: 'finishing' }, now());
    });
    const deliveries = await store.reader.deliveriesOfTask(taskId);
    const open = deliveries.filter(({ state }) => !deliveryTransitions.isTerminal(state));
    this.#ports.wake(open.map(({ deviceId }) => deviceId));
  }

  #decideAfterwards(taskId: string, note: (verdict: ReceptionVerdict) => void): void {
    const afterwards = this.#afterwards.get(taskId);
    if (afterwards === undefined) return;
    const { sessionId, verdict } = afterwards;
    note(verdict);
    if (verdict.isSettled) this.#afterwards.delete(taskId);
    const unreached = verdict.takeUnreached();
    if (verdict.result !== 'blocked' && unreached.length === 0) return;
    const { store, now, log } = this.#ports;
    store
      .transact(async (transactor) => {
        if (verdict.result === 'blocked') return transactor.updateSession(sessionId, { error: BLOCKED_MESSAGE }, now());
        const sessions = await transactor.sessionsOfTask(taskId);
        const before = sessions.find(({ id }) => id === sessionId)?.handedOver ?? [];
        const handedOver = [...before, ...unreached.map((deviceId) => ({ deviceId, ...UNREACHED }))].slice(
          0,
          HANDED_OVER_MAX,
        );
        return transactor.updateSession(sessionId, { handedOver }, now());
      })
      .catch((error: unknown) => log.error({ err: error, taskId }, 'a session could not be written'));
  }
}

/** A full disk is looked at again then. */
const WRITE_AGAIN_MS = 5_000;
const UNREACHED = { reason: 'unreached', lossRatio: null, groupLossRatio: null } as const;
const FAILED_MESSAGE = "the server could not go on with it: see the server's log";
const INTERRUPTED_MESSAGE = 'the server stopped in the middle of it';
