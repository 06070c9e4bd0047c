/**
 * The queue for unicast completion: who may fetch now, who waits, and when to ask again.
 *
 * Order: the task's weight, then who has waited longest since its last completion, then who asked first. A slot goes at
 * once to the best of those whose request is open; it is never kept for a device that is not here. So that the best are
 * here in time, a request stays open while its turn is near (`HOLD_MS`), and devices with an event stream are called a
 * little ahead of theirs. Whoever is called and does not come in time keeps its place, but nobody waits for it.
 *
 * Whoever's turn is not near is told when to come again, as the line moves by what was measured of it (`TurnRate`).
 *
 * When more devices are unfinished than slots are free, the first request opens a short gathering: all that power on
 * together are in the queue before the first slot is given.
 *
 * Clockless: give it what happened with `ask`, `withdraw`, `beginFetch`, `release` …; take what is to be done from `poll`.
 */
import { SlotLeases, keyOf, type Candidate, type Lease } from './slot-leases.ts';
import { TurnRate } from './turn-rate.ts';

export interface QueueCapacity {
  readonly slots: number;
  /** What all completions share; undefined: nobody limits it. */
  readonly bytesPerSecond: number | undefined;
  readonly leaseMs: number;
}

export interface QueueOutcome {
  readonly granted: readonly Candidate[];
  /** To be told: ask again after so long. */
  readonly dismissed: readonly { readonly candidate: Candidate; readonly retryAfterMs: number }[];
  /** Not here, but soon to be served: to be woken. */
  readonly called: readonly Candidate[];
  /** Their slot was lost: nothing was done under it. */
  readonly lapsed: readonly Candidate[];
}

interface Waiting {
  readonly candidate: Candidate;
  readonly askedAt: number;
  isCallable: boolean;
  /** Its request is open, and answered by then. Undefined: it is away. */
  heldUntil: number | undefined;
  /** When it was told to come again. */
  dueAt: number;
  /** When it was woken; it has not come since. */
  calledAt: number | undefined;
}

export class CompletionQueue {
  readonly #capacity: QueueCapacity;
  readonly #leases: SlotLeases;
  readonly #rate: TurnRate;
  readonly #line: Waiting[] = [];
  readonly #byKey = new Map<string, Waiting>();
  #gathering: { readonly since: number; until: number } | undefined;
  #polledAt = 0;

  constructor(capacity: QueueCapacity) {
    this.#capacity = capacity;
    this.#leases = new SlotLeases(capacity.leaseMs);
    this.#rate = new TurnRate(capacity.slots);
  }

  get inFlight(): number {
    return this.#leases.count;
  }

  get waitingCount(): number {
    return this.#line.length;
  }

  /** Who has waited longest since it asked. */
  get longestWaitSince(): number | undefined {
    return this.#line.reduce<number | undefined>(
      (first, { askedAt }) => (first === undefined ? askedAt : Math.min(first, askedAt)),
      undefined,
    );
  }

  leaseOf(taskId: string, deviceId: string): Readonly<Lease> | undefined {
    return this.#leases.get(keyOf({ taskId, deviceId }));
  }

  /** What this device holds slots for. */
  leasesOfDevice(deviceId: string): readonly Candidate[] {
    return this.#leases.ofDevice(deviceId).map(({ candidate }) => candidate);
  }

  /** Those who fetch or wait for this task. */
  candidatesOfTask(taskId: string): readonly Candidate[] {
    return this.#candidates().filter((candidate) => candidate.taskId === taskId);
  }

  /** What this device fetches or waits for. */
  candidatesOfDevice(deviceId: string): readonly Candidate[] {
    return this.#candidates().filter((candidate) => candidate.deviceId === deviceId);
  }

  /**
   * A completion request is here and stays open. `true`: the device holds its slot already.
   * @param unfinishedCount deliveries that will need unicast, as far as known
   */
  ask(candidate: Candidate, unfinishedCount: number, now: number): boolean {
    const key = keyOf(candidate);
    if (this.#leases.confirm(key, now) !== undefined) return true;
    const before = this.#byKey.get(key);
    if (before !== undefined) this.#take(before);
    this.#gather(unfinishedCount, now);
    const waiting: Waiting = {
      candidate,
      askedAt: before?.askedAt ?? now,
      isCallable: candidate.isCallable,
      heldUntil: now + HOLD_MS,
      dueAt: now,
      calledAt: undefined,
    };
    this.#byKey.set(key, waiting);
    this.#line.splice(this.#placeOf(waiting), 0, waiting);
    return false;
  }

  /** The request was closed by the device's side. It keeps its place for a while. */
  withdraw(taskId: string, deviceId: string, now: number): void {
    const waiting = this.#byKey.get(keyOf({ taskId, deviceId }));
    if (waiting === undefined) return;
    waiting.heldUntil = undefined;
    waiting.dueAt = now;
  }

  /** The device fetches under its slot, which is its own until this has ended, and a lease beyond. */
  beginFetch(taskId: string, deviceId: string, now: number): Lease | undefined {
    return this.#leases.beginFetch(keyOf({ taskId, deviceId }), now);
  }

  endFetch(lease: Lease, now: number): void {
    this.#leases.endFetch(lease, now);
  }

  /** Bytes went to the device. */
  renew(taskId: string, deviceId: string, now: number): void {
    this.#leases.renew(keyOf({ taskId, deviceId }), now);
  }

  /** The device seems to be gone: it is not called, and its slots are lost as soon as nothing goes on under them. */
  doubt(deviceId: string, now: number): void {
    this.#leases.doubt(deviceId, now);
    for (const waiting of this.#line) if (waiting.candidate.deviceId === deviceId) waiting.isCallable = false;
  }

  /** The device has what it needs, or its delivery ended: slot and place are given back. */
  release(taskId: string, deviceId: string, now: number): boolean {
    const key = keyOf({ taskId, deviceId });
    const waiting = this.#byKey.get(key);
    if (waiting !== undefined) this.#take(waiting);
    if (!this.#leases.remove(key)) return false;
    this.#rate.noteTurn(now);
    return true;
  }

  poll(now: number): QueueOutcome {
    this.#polledAt = now;
    const lapsed = this.#leases.lapse(now);
    for (let count = lapsed.length; count > 0; count -= 1) this.#rate.noteTurn(now);
    for (const waiting of this.#line.filter((one) => forgottenAt(one) <= now)) this.#take(waiting);
    if (this.#gathering !== undefined && now < this.#gathering.until) {
      return { lapsed, granted: [], called: [], dismissed: [] };
    }
    this.#gathering = undefined;
    const granted = this.#grant(now);
    this.#rate.observe(this.#line.length > 0, now);
    return { lapsed, granted, called: this.#call(now), dismissed: this.#dismiss(now) };
  }

  pollTimeout(): number | undefined {
    let next = this.#leases.pollTimeout();
    for (const waiting of this.#line) {
      for (const at of changesAt(waiting)) {
        if (at > this.#polledAt) next = Math.min(next, at);
      }
    }
    if (this.#gathering !== undefined) next = Math.min(next, this.#gathering.until);
    return next === Infinity ? undefined : next;
  }

  #candidates(): Candidate[] {
    return [...this.#leases.all(), ...this.#line].map(({ candidate }) => candidate);
  }

  #gather(unfinishedCount: number, now: number): void {
    const isFirst = this.#line.length === 0 && unfinishedCount > this.#capacity.slots - this.#leases.count;
    if (isFirst) this.#gathering ??= { since: now, until: now };
    if (this.#gathering === undefined) return;
    this.#gathering.until = Math.min(this.#gathering.since + GATHER_MS_MAX, now + GATHER_QUIET_MS);
  }

  #grant(now: number): Candidate[] {
    const free = this.#capacity.slots - this.#leases.count;
    if (free <= 0) return [];
    const best = this.#line.filter(({ heldUntil }) => heldUntil !== undefined).slice(0, free);
    for (const waiting of best) {
      this.#take(waiting);
      this.#leases.add(waiting.candidate, waiting.askedAt, now);
    }
    return best.map(({ candidate }) => candidate);
  }

  /** As many as get a slot before long are to be at hand; those that are not, and have a stream, are called. */
  #call(now: number): Candidate[] {
    const called: Candidate[] = [];
    const turnMs = this.#rate.turnMs(now);
    // Below zero: slots that are free.
    let ahead = this.#leases.count - this.#capacity.slots;
    for (const waiting of this.#line) {
      if ((ahead + 1) * turnMs > CALL_AHEAD_MS) break;
      if (isAtHand(waiting, now)) {
        ahead += 1;
      } else if (waiting.isCallable && now >= (waiting.calledAt ?? -Infinity) + CALL_AGAIN_MS) {
        waiting.calledAt = now;
        called.push(waiting.candidate);
        ahead += 1;
      }
    }
    return called;
  }

  /** Who cannot be served while its request may stay open is told when to come again. */
  #dismiss(now: number): { candidate: Candidate; retryAfterMs: number }[] {
    const dismissed: { candidate: Candidate; retryAfterMs: number }[] = [];
    const { bytesPerSecond = Infinity } = this.#capacity;
    const turnMs = this.#rate.turnMs(now);
    let ahead = 0;
    let bytesAhead = 0;
    for (const waiting of this.#line) {
      const waitMs = Math.max((ahead + 1) * turnMs, (bytesAhead / bytesPerSecond) * 1000);
      const isHopeless = ahead >= this.#capacity.slots && waitMs > HOLD_MS;
      if (waiting.heldUntil !== undefined && (waiting.heldUntil <= now || isHopeless)) {
        const retryAfterMs = retryAfter(waitMs, waiting.isCallable, ahead);
        waiting.heldUntil = undefined;
        waiting.dueAt = now + retryAfterMs;
        dismissed.push({ candidate: waiting.candidate, retryAfterMs });
      }
      if (lateAt(waiting) <= now) continue;
      ahead += 1;
      bytesAhead += waiting.candidate.bytesMissing;
    }
    return dismissed;
  }

  #placeOf(waiting: Waiting): number {
    let low = 0;
    let high = this.#line.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#line[middle]!, waiting) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #take(waiting: Waiting): void {
    this.#line.splice(this.#line.indexOf(waiting), 1);
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

/** It is here, or will be in a moment. */
function isAtHand({ heldUntil, calledAt, dueAt, isCallable }: Waiting, now: number): boolean {
  if (heldUntil !== undefined) return true;
  if (calledAt !== undefined && now < calledAt + CALLED_MS) return true;
  return !isCallable && Math.abs(dueAt - now) < COMING_MS;
}

/** From then on nobody counts on it before it comes. */
function lateAt({ heldUntil, calledAt, dueAt }: Waiting): number {
  if (heldUntil !== undefined) return Infinity;
  return Math.min(dueAt + COMING_MS, calledAt === undefined ? Infinity : calledAt + CALLED_MS);
}

/** When time alone changes what is thought of it: it is missed, forgotten, or called once more. */
function changesAt(waiting: Waiting): readonly number[] {
  const { heldUntil, calledAt, isCallable } = waiting;
  if (heldUntil !== undefined) return [heldUntil];
  const times = [forgottenAt(waiting), lateAt(waiting)];
  return calledAt === undefined || !isCallable ? times : [...times, calledAt + CALLED_MS, calledAt + CALL_AGAIN_MS];
}

/** Then an absent one loses its place. */
function forgottenAt({ heldUntil, dueAt }: Waiting): number {
  return heldUntil === undefined ? dueAt + AWAY_GRACE_MS : Infinity;
}

/**
 * Whole seconds. Who can be called is told all of what is expected, for the case that a call gets lost. The others come
 * at half of it, to be back before their turn when the line moves faster. Those that are far behind come apart, not all in
 * the same second.
 */
function retryAfter(waitMs: number, isCallable: boolean, ahead: number): number {
  const { leastMs, mostMs, share } = isCallable ? RETRY_CALLABLE : RETRY;
  const apart = 0.5 + ((ahead * GOLDEN_RATIO) % 1) / 2;
  const toldMs = waitMs * share <= mostMs ? waitMs * share : mostMs * apart;
  return Math.max(leastMs, Math.ceil(toldMs / 1000) * 1000);
}

/** Devices that power on together ask one after the other without a pause; then there is one. */
const GATHER_QUIET_MS = 400;
const GATHER_MS_MAX = 5_000;

/**
 * A request may stay open for so long: well under every client's time-out, long enough to fill slots without gaps. That of
 * the next for each slot does so in any case.
 */
const HOLD_MS = 6_000;

/** Devices are called so long before they are expected to be served: to notice, and to ask, takes some of it. */
const CALL_AHEAD_MS = 2_000;

/** Who was called and is not here after so long may not have heard it. Others are called in its place, and it once more. */
const CALLED_MS = 2_000;
const CALL_AGAIN_MS = 5_000;

/** A device without a stream that is due within this, or was, is on its way. */
const COMING_MS = 1_000;

/** Who has not come back so long after it was due has lost its place. */
const AWAY_GRACE_MS = 30_000;

/** Who cannot be called learns only when it asks that the line moves faster. */
const RETRY = { leastMs: 1_000, mostMs: 60_000, share: 0.5 };
/** At the front of a slow line, more requests than these would bring nothing: the call comes in time. */
const RETRY_CALLABLE = { leastMs: CALL_AGAIN_MS, mostMs: 300_000, share: 1 };

/** Its multiples are spread evenly between whole numbers. */
const GOLDEN_RATIO = 0.618_033_988_75;
