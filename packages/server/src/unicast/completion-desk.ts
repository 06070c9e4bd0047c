/**
 * Admission to the unicast completion: keeps requests open while the queue thinks, writes the slots as leases, and says
 * who may fetch.
 */
import { CompletionQueue, type QueueCapacity } from '../core/completion-queue.ts';
import type { Store } from '../core/ports.ts';
import { keyOf, type Candidate } from '../core/slot-leases.ts';

export type Admission =
  | { readonly isAdmitted: true; readonly leaseSeconds: number }
  | { readonly isAdmitted: false; readonly retryAfterSeconds: number };

export interface CompletionDeskPorts {
  readonly store: Store;
  /** UTC, for the rows; intervals go by the other. */
  readonly now: () => number;
  readonly monotonicNow: () => number;
  /** Names the process in the leases. */
  readonly owner: string;
  /** Deliveries that are open in tasks which finish by unicast. */
  readonly countUnfinished: () => Promise<number>;
  readonly wake: (deviceIds: readonly string[]) => void;
  readonly onError: (error: unknown) => void;
  readonly meter?: CompletionMeter;
}

/** Who keeps counts. */
export interface CompletionMeter {
  onGranted(candidate: Candidate, waitedMs: number): void;
  onSent(bytes: number): void;
}

interface Waiter {
  readonly resolve: (admission: Admission) => void;
  readonly contentId: string;
}

interface Slot {
  readonly contentId: string;
  bytesSent: number;
}

export class CompletionDesk {
  readonly #ports: CompletionDeskPorts;
  readonly #queue: CompletionQueue;
  readonly #leaseMs: number;
  readonly #waiters = new Map<string, Waiter>();
  readonly #slots = new Map<string, Slot>();
  #timer: NodeJS.Timeout | undefined;
  #isPumping = false;
  #isClosed = false;
  #unfinished = { count: 0, at: -Infinity };

  constructor(ports: CompletionDeskPorts, capacity: QueueCapacity) {
    this.#ports = ports;
    this.#queue = new CompletionQueue(capacity);
    this.#leaseMs = capacity.leaseMs;
  }

  get inFlight(): number {
    return this.#queue.inFlight;
  }

  get waitingCount(): number {
    return this.#queue.waitingCount;
  }

  /** Of the one who waits longest; 0: nobody waits. */
  get longestWaitMs(): number {
    const since = this.#queue.longestWaitSince;
    return since === undefined ? 0 : this.#ports.monotonicNow() - since;
  }

  /** Resolves when there is a slot, or when it is clear that there will be none soon. */
  async admit(candidate: Candidate, contentId: string, signal: AbortSignal): Promise<Admission> {
    const { taskId, deviceId } = candidate;
    const unfinished = await this.#countUnfinished();
    const key = keyOf({ taskId, deviceId });
    if (signal.aborted || this.#isClosed) return { isAdmitted: false, retryAfterSeconds: 1 };
    // It asks again, after a restart or a broken connection: its slot is still its own.
    if (this.#queue.ask(candidate, unfinished, this.#ports.monotonicNow())) return this.#admitted();
    return new Promise((resolve) => {
      // A second request of the same device: the first one is answered, its place is kept.
      this.#waiters.get(key)?.resolve({ isAdmitted: false, retryAfterSeconds: 1 });
      const waiter: Waiter = { resolve, contentId };
      this.#waiters.set(key, waiter);
      signal.addEventListener(
        'abort',
        () => {
          if (this.#waiters.get(key) !== waiter) return;
          this.#waiters.delete(key);
          this.#queue.withdraw(taskId, deviceId, this.#ports.monotonicNow());
          resolve({ isAdmitted: false, retryAfterSeconds: 1 });
        },
        { once: true },
      );
      this.#pumpSoon();
    });
  }

  /** The task under whose slot this device may fetch this content now. */
  taskOf(deviceId: string, contentId: string): string | undefined {
    const lease = this.#queue
      .leasesOfDevice(deviceId)
      .find(({ taskId }) => this.#slots.get(keyOf({ taskId, deviceId }))?.contentId === contentId);
    return lease?.taskId;
  }

  holdsSlot(taskId: string, deviceId: string): boolean {
    return this.#queue.leaseOf(taskId, deviceId) !== undefined;
  }

  /** The device begins to fetch under its slot. What is given back is to be called when the answer has ended, however. */
  beginFetch(taskId: string, deviceId: string): () => void {
    const lease = this.#queue.beginFetch(taskId, deviceId, this.#ports.monotonicNow());
    return () => {
      if (lease === undefined) return;
      this.#queue.endFetch(lease, this.#ports.monotonicNow());
      this.#pumpSoon();
    };
  }

  noteSent(taskId: string, deviceId: string, bytes: number): void {
    const slot = this.#slots.get(keyOf({ taskId, deviceId }));
    if (slot !== undefined) slot.bytesSent += bytes;
    this.#ports.meter?.onSent(bytes);
    this.#queue.renew(taskId, deviceId, this.#ports.monotonicNow());
  }

  /** The device has what it asked for, or its delivery ended. */
  release(taskId: string, deviceId: string): void {
    const heldSlot = this.#queue.release(taskId, deviceId, this.#ports.monotonicNow());
    // It waited for what it does not need any more.
    this.#answer(taskId, deviceId, { isAdmitted: false, retryAfterSeconds: 1 });
    if (!heldSlot) return;
    this.#giveBack(taskId, deviceId);
    this.#pumpSoon();
  }

  /** The device was removed, or has joined anew. */
  releaseDevice(deviceId: string): void {
    for (const { taskId } of this.#queue.candidatesOfDevice(deviceId)) this.release(taskId, deviceId);
  }

  /** The device seems to be gone. */
  doubt(deviceId: string): void {
    this.#queue.doubt(deviceId, this.#ports.monotonicNow());
    this.#pumpSoon();
  }

  releaseTask(taskId: string): void {
    for (const { deviceId } of this.#queue.candidatesOfTask(taskId)) this.release(taskId, deviceId);
  }

  /** Everybody who waits is told to come again. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const waiter of this.#waiters.values()) waiter.resolve({ isAdmitted: false, retryAfterSeconds: 5 });
    this.#waiters.clear();
  }

  /** Once for all that happens in this turn of the event loop. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isClosed) return;
    const now = this.#ports.monotonicNow();
    const { granted, dismissed, called, lapsed } = this.#queue.poll(now);
    for (const { taskId, deviceId } of lapsed) this.#giveBack(taskId, deviceId);
    for (const candidate of granted) void this.#grant(candidate);
    for (const { candidate, retryAfterMs } of dismissed) {
      const admission = { isAdmitted: false, retryAfterSeconds: Math.ceil(retryAfterMs / 1000) } as const;
      this.#answer(candidate.taskId, candidate.deviceId, admission);
    }
    if (called.length > 0) this.#ports.wake(called.map(({ deviceId }) => deviceId));
    clearTimeout(this.#timer);
    const next = this.#queue.pollTimeout();
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#pump(), Math.max(5, next - now));
    this.#timer.unref();
  }

  async #grant(candidate: Candidate): Promise<void> {
    const { taskId, deviceId, siteId } = candidate;
    const key = keyOf({ taskId, deviceId });
    const contentId = this.#waiters.get(key)!.contentId;
    const lease = this.#queue.leaseOf(taskId, deviceId);
    if (lease !== undefined) this.#ports.meter?.onGranted(candidate, lease.grantedAt - lease.askedAt);
    this.#slots.set(key, { contentId, bytesSent: 0 });
    const grantedAt = this.#ports.now();
    const slot = { taskId, deviceId, siteId, contentId, owner: this.#ports.owner, grantedAt };
    try {
      await this.#ports.store.transact((transactor) =>
        transactor.insertSlot({ ...slot, leaseUntil: grantedAt + this.#leaseMs }),
      );
      this.#answer(taskId, deviceId, this.#admitted());
    } catch (error) {
      this.#ports.onError(error);
      this.#queue.release(taskId, deviceId, this.#ports.monotonicNow());
      this.#slots.delete(key);
      this.#answer(taskId, deviceId, { isAdmitted: false, retryAfterSeconds: 5 });
    }
  }

  #answer(taskId: string, deviceId: string, admission: Admission): void {
    const key = keyOf({ taskId, deviceId });
    const waiter = this.#waiters.get(key);
    this.#waiters.delete(key);
    waiter?.resolve(admission);
  }

  #giveBack(taskId: string, deviceId: string): void {
    const key = keyOf({ taskId, deviceId });
    const bytesSent = this.#slots.get(key)?.bytesSent ?? 0;
    this.#slots.delete(key);
    this.#ports.store
      .transact((transactor) => transactor.deleteSlot(taskId, deviceId, bytesSent))
      .catch(this.#ports.onError);
  }

  #admitted(): Admission {
    return { isAdmitted: true, leaseSeconds: Math.ceil(this.#leaseMs / 1000) };
  }

  async #countUnfinished(): Promise<number> {
    const now = this.#ports.monotonicNow();
    if (now - this.#unfinished.at > COUNT_AGAIN_MS) {
      this.#unfinished.at = now;
      this.#unfinished.count = await this.#ports.countUnfinished();
    }
    return this.#unfinished.count;
  }
}

/** A storm of requests asks the table once. */
const COUNT_AGAIN_MS = 250;
