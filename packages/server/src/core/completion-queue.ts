/**
 * The queue for unicast completion: who may fetch now, who waits, and when to ask again.
 *
 * Admission by slots, per server and per site. Order: the task's weight, then who has waited longest since its last
 * completion, then who asked first. A request stays open for a moment (`HOLD_MS`), so that a slot that comes free goes
 * to the best of those who wait and not to whoever happens to ask next. Whoever would have to wait longer is told when
 * to come again: as its place in the queue, the sizes and the capacity let expect. It keeps its place until then.
 *
 * When more devices are unfinished than slots are free, the first request opens a short gathering: all that power on
 * together are in the queue before the first slot is given.
 *
 * Clockless: give it what happened with `ask`, `withdraw`, `renew`, `release`; take what is to be done from `poll`.
 */
export interface Candidate {
  readonly taskId: string;
  readonly deviceId: string;
  readonly siteId: string;
  readonly weight: number;
  readonly lastCompletionAt: number | null;
  readonly bytesMissing: number;
  /** It has an event stream: it can be called when its turn comes. */
  readonly isCallable: boolean;
}

export interface QueueCapacity {
  readonly slots: number;
  readonly slotsPerSite: number;
  readonly bytesPerSecond: number;
  readonly leaseMs: number;
}

export interface QueueOutcome {
  readonly granted: readonly Candidate[];
  /** To be told: ask again after so long. */
  readonly dismissed: readonly { readonly candidate: Candidate; readonly retryAfterMs: number }[];
  /** Not here, but next: to be woken. */
  readonly called: readonly Candidate[];
  /** Slots whose lease ended without a fetch. */
  readonly lapsed: readonly Candidate[];
}

interface Waiting {
  candidate: Candidate;
  readonly askedAt: number;
  /** Its request is open. */
  isPresent: boolean;
  /** Present: to be answered by then. Away: expected again then. */
  dueAt: number;
  /** Away: until then nobody behind it gets its slot, once it is due. */
  reservedUntil: number;
}

interface Lease {
  readonly candidate: Candidate;
  readonly askedAt: number;
  readonly grantedAt: number;
  until: number;
}

export class CompletionQueue {
  readonly #capacity: QueueCapacity;
  readonly #waiting: Waiting[] = [];
  readonly #byKey = new Map<string, Waiting>();
  readonly #leases = new Map<string, Lease>();
  #gatheringSince: number | undefined;
  #gatheringUntil = 0;
  #polledAt = 0;
  /** How long a slot is held, smoothed. */
  #serviceMs: number | undefined;

  constructor(capacity: QueueCapacity) {
    this.#capacity = capacity;
  }

  get inFlight(): number {
    return this.#leases.size;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Who has waited longest since it asked. */
  get longestWaitSince(): number | undefined {
    return this.#waiting.reduce<number | undefined>(
      (first, { askedAt }) => (first === undefined ? askedAt : Math.min(first, askedAt)),
      undefined,
    );
  }

  leaseOf(
    taskId: string,
    deviceId: string,
  ): { readonly askedAt: number; readonly grantedAt: number; readonly until: number } | undefined {
    return this.#leases.get(keyOf({ taskId, deviceId }));
  }

  /** The task for which this device may fetch this content. */
  leasesOfDevice(deviceId: string): readonly Candidate[] {
    return [...this.#leases.values()].filter((lease) => lease.candidate.deviceId === deviceId).map((l) => l.candidate);
  }

  /** Those who fetch or wait for this task. */
  candidatesOfTask(taskId: string): readonly Candidate[] {
    return [...this.#leases.values(), ...this.#waiting]
      .map(({ candidate }) => candidate)
      .filter((candidate) => candidate.taskId === taskId);
  }

  /** A completion request is here and stays open. `unfinishedCount`: deliveries that will need unicast, as far as known. */
  ask(candidate: Candidate, unfinishedCount: number, now: number): void {
    const key = keyOf(candidate);
    const before = this.#byKey.get(key);
    if (before !== undefined) this.#take(before);
    const freeSlots = this.#capacity.slots - this.#leases.size;
    if (this.#waiting.length === 0 && unfinishedCount > freeSlots) this.#gatheringSince ??= now;
    if (this.#gatheringSince !== undefined) {
      this.#gatheringUntil = Math.min(this.#gatheringSince + GATHER_MS_MAX, now + GATHER_QUIET_MS);
    }
    const waiting: Waiting = {
      candidate,
      askedAt: before?.askedAt ?? now,
      isPresent: true,
      dueAt: now + HOLD_MS,
      reservedUntil: 0,
    };
    this.#byKey.set(key, waiting);
    this.#waiting.splice(this.#placeOf(waiting), 0, waiting);
  }

  /** The request was closed by the device's side. It keeps its place for a moment. */
  withdraw(taskId: string, deviceId: string, now: number): void {
    const waiting = this.#byKey.get(keyOf({ taskId, deviceId }));
    if (waiting === undefined) return;
    waiting.isPresent = false;
    waiting.dueAt = now;
    waiting.reservedUntil = now;
  }

  /** The device fetches under its lease. */
  renew(taskId: string, deviceId: string, now: number): boolean {
    const lease = this.#leases.get(keyOf({ taskId, deviceId }));
    if (lease === undefined) return false;
    lease.until = now + this.#capacity.leaseMs;
    return true;
  }

  /** The device has what it needs, or its delivery ended: slot and place are given back. */
  release(taskId: string, deviceId: string, now: number): boolean {
    const key = keyOf({ taskId, deviceId });
    const waiting = this.#byKey.get(key);
    if (waiting !== undefined) this.#take(waiting);
    const lease = this.#leases.get(key);
    if (lease === undefined) return false;
    this.#leases.delete(key);
    const heldMs = now - lease.grantedAt;
    this.#serviceMs = this.#serviceMs === undefined ? heldMs : 0.8 * this.#serviceMs + 0.2 * heldMs;
    return true;
  }

  poll(now: number): QueueOutcome {
    this.#polledAt = now;
    const lapsed = this.#lapse(now);
    const granted: Candidate[] = [];
    const called: Candidate[] = [];
    if (this.#gatheringSince !== undefined && now < this.#gatheringUntil) {
      return { granted, called, lapsed, dismissed: [] };
    }
    this.#gatheringSince = undefined;
    this.#grant(now, granted, called);
    return { granted, called, lapsed, dismissed: this.#dismiss(now) };
  }

  pollTimeout(): number | undefined {
    let next = Infinity;
    for (const { until } of this.#leases.values()) next = Math.min(next, until);
    for (const waiting of this.#waiting) {
      const { isPresent, dueAt, reservedUntil } = waiting;
      const awayUntil = reservedUntil > this.#polledAt ? reservedUntil : dueAt + AWAY_GRACE_MS;
      next = Math.min(next, isPresent ? (dueAt > this.#polledAt ? dueAt : dueAt + NEAR_EXTENSION_MS) : awayUntil);
    }
    if (this.#gatheringSince !== undefined) return this.#gatheringUntil;
    return next === Infinity ? undefined : next;
  }

  #grant(now: number, granted: Candidate[], called: Candidate[]): void {
    let free = this.#capacity.slots - this.#leases.size;
    const takenBySite = new Map<string, number>();
    for (const { candidate } of this.#leases.values()) add(takenBySite, candidate.siteId);
    for (const waiting of this.#waiting.slice()) {
      if (free <= 0) break;
      const { candidate } = waiting;
      if ((takenBySite.get(candidate.siteId) ?? 0) >= this.#capacity.slotsPerSite) continue;
      if (waiting.isPresent) {
        this.#take(waiting);
        const { askedAt } = waiting;
        const until = now + this.#capacity.leaseMs;
        this.#leases.set(keyOf(candidate), { candidate, askedAt, grantedAt: now, until });
        granted.push(candidate);
      } else if (candidate.isCallable && waiting.dueAt > now) {
        waiting.dueAt = now;
        waiting.reservedUntil = now + CALLED_MS;
        called.push(candidate);
      } else if (waiting.dueAt > now + EXPECTED_MS || waiting.reservedUntil <= now) {
        // It comes later, or is later, than it is worth to keep the slot for it.
        continue;
      }
      free -= 1;
      add(takenBySite, candidate.siteId);
    }
  }

  #lapse(now: number): Candidate[] {
    const lapsed: Candidate[] = [];
    for (const [key, lease] of this.#leases) {
      if (lease.until > now) continue;
      this.#leases.delete(key);
      lapsed.push(lease.candidate);
    }
    const gone = this.#waiting.filter(({ isPresent, dueAt }) => !isPresent && dueAt + AWAY_GRACE_MS <= now);
    for (const waiting of gone) this.#take(waiting);
    return lapsed;
  }

  /** Who cannot be served while its request may stay open is told when to come again: nobody before those ahead of it. */
  #dismiss(now: number): { candidate: Candidate; retryAfterMs: number }[] {
    const dismissed: { candidate: Candidate; retryAfterMs: number }[] = [];
    const dueBehind = this.#dueBehind();
    let dueAhead = 0;
    let bytesAhead = 0;
    this.#waiting.forEach((waiting, rank) => {
      const waitMs = this.#expectedWaitMs(rank, bytesAhead);
      bytesAhead += waiting.candidate.bytesMissing;
      if (waiting.isPresent && this.#mustLeave(waiting, waitMs, now)) {
        const earliestMs = Math.min(dueAhead - now, waitMs);
        const wantedMs = Math.min(Math.max(waitMs * HASTE, earliestMs), dueBehind[rank]! - now, RETRY_MS_MAX);
        const retryAfterMs = Math.max(1000, Math.ceil(wantedMs / 1000) * 1000);
        waiting.isPresent = false;
        waiting.dueAt = now + retryAfterMs;
        waiting.reservedUntil = waiting.dueAt + LATE_MS;
        dismissed.push({ candidate: waiting.candidate, retryAfterMs });
      }
      if (!waiting.isPresent) dueAhead = Math.max(dueAhead, waiting.dueAt);
    });
    return dismissed;
  }

  #mustLeave({ dueAt }: Waiting, waitMs: number, now: number): boolean {
    // Nearly its turn: sending it away would leave its slot empty.
    const isNear = waitMs < NEAR_MS && now < dueAt + NEAR_EXTENSION_MS;
    return waitMs > HOPELESS_MS || (dueAt <= now && !isNear);
  }

  /** For each place, when the first of those behind it that are away is due. */
  #dueBehind(): Float64Array {
    const due = new Float64Array(this.#waiting.length);
    let earliest = Infinity;
    for (let place = due.length - 1; place >= 0; place -= 1) {
      due[place] = earliest;
      const { isPresent, dueAt } = this.#waiting[place]!;
      if (!isPresent) earliest = Math.min(earliest, dueAt);
    }
    return due;
  }

  #expectedWaitMs(rank: number, bytesAhead: number): number {
    const { slots, bytesPerSecond } = this.#capacity;
    const bySlots = (rank / slots) * (this.#serviceMs ?? SERVICE_MS_GUESSED);
    return Math.max(bySlots, (bytesAhead / bytesPerSecond) * 1000);
  }

  #placeOf(waiting: Waiting): number {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#waiting[middle]!, waiting) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #take(waiting: Waiting): void {
    this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    this.#byKey.delete(keyOf(waiting.candidate));
  }
}

function compare(one: Waiting, other: Waiting): number {
  return (
    other.candidate.weight - one.candidate.weight ||
    (one.candidate.lastCompletionAt ?? 0) - (other.candidate.lastCompletionAt ?? 0) ||
    one.askedAt - other.askedAt
  );
}

function keyOf({ taskId, deviceId }: { readonly taskId: string; readonly deviceId: string }): string {
  return `${taskId} ${deviceId}`;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Devices that power on together ask one after the other without a pause; then there is one. */
const GATHER_QUIET_MS = 400;
const GATHER_MS_MAX = 5_000;

/** A request may stay open for so long: well under every client's time-out, long enough to fill slots without gaps. */
const HOLD_MS = 6_000;
const NEAR_MS = 2_000;
const NEAR_EXTENSION_MS = 3_000;

/** Who has to wait for so long need not keep a request open for it. */
const HOPELESS_MS = 60_000;

/** Devices are called back sooner than they are expected to be served: one that waits costs less than an empty slot. */
const HASTE = 0.5;

/** A device that is due within this is waited for, and so long beyond; nobody behind it gets its slot. */
const EXPECTED_MS = 100;
const LATE_MS = 300;

/** Who was called has to notice, and to ask. */
const CALLED_MS = 1_500;

/** Who has not come back so long after it was due has lost its place. */
const AWAY_GRACE_MS = 30_000;

/** Until the first slot was given back. Rather short: who is sent away for too long leaves slots empty. */
const SERVICE_MS_GUESSED = 50;

/** The longest that anybody is sent away for: capacity may come free by other tasks' ends. */
const RETRY_MS_MAX = 300_000;
