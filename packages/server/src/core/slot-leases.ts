/**
 * The completion slots that are taken: each is a lease of one device for one task. It is kept while the device fetches,
 * however slowly, and for the length of a lease beyond: the door hangs up on who takes nothing at all.
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

export interface Lease {
  readonly candidate: Candidate;
  readonly askedAt: number;
  readonly grantedAt: number;
  until: number;
  /** Downloads that are under way. */
  fetchCount: number;
  /** The device seems to be gone: only bytes that it takes keep the lease. */
  isDoubted: boolean;
}

export class SlotLeases {
  readonly #leaseMs: number;
  readonly #leases = new Map<string, Lease>();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  get count(): number {
    return this.#leases.size;
  }

  get(key: string): Lease | undefined {
    return this.#leases.get(key);
  }

  all(): Iterable<Lease> {
    return this.#leases.values();
  }

  ofDevice(deviceId: string): Lease[] {
    return [...this.#leases.values()].filter(({ candidate }) => candidate.deviceId === deviceId);
  }

  add(candidate: Candidate, askedAt: number, now: number): void {
    const until = now + this.#leaseMs;
    this.#leases.set(keyOf(candidate), { candidate, askedAt, grantedAt: now, until, fetchCount: 0, isDoubted: false });
  }

  /** Bytes went to the device. */
  renew(key: string, now: number): Lease | undefined {
    const lease = this.#leases.get(key);
    if (lease !== undefined) lease.until = now + this.#leaseMs;
    return lease;
  }

  /** The device shows itself. */
  confirm(key: string, now: number): Lease | undefined {
    const lease = this.renew(key, now);
    if (lease !== undefined) lease.isDoubted = false;
    return lease;
  }

  beginFetch(key: string, now: number): Lease | undefined {
    const lease = this.confirm(key, now);
    if (lease !== undefined) lease.fetchCount += 1;
    return lease;
  }

  endFetch(lease: Lease, now: number): void {
    lease.fetchCount -= 1;
    if (!lease.isDoubted) lease.until = now + this.#leaseMs;
  }

  doubt(deviceId: string, now: number): void {
    for (const lease of this.ofDevice(deviceId)) {
      lease.isDoubted = true;
      if (lease.fetchCount === 0) lease.until = now;
    }
  }

  remove(key: string): boolean {
    return this.#leases.delete(key);
  }

  /** Takes out, and gives back, those under which nothing is done. */
  lapse(now: number): Candidate[] {
    const lapsed = [...this.#leases.values()].filter((lease) => lapsesAt(lease) <= now);
    for (const { candidate } of lapsed) this.#leases.delete(keyOf(candidate));
    return lapsed.map(({ candidate }) => candidate);
  }

  /** Infinity: nothing lapses by itself. */
  pollTimeout(): number {
    let next = Infinity;
    for (const lease of this.#leases.values()) next = Math.min(next, lapsesAt(lease));
    return next;
  }
}

export function keyOf({ taskId, deviceId }: { readonly taskId: string; readonly deviceId: string }): string {
  return `${taskId} ${deviceId}`;
}

function lapsesAt({ until, fetchCount, isDoubted }: Lease): number {
  return fetchCount === 0 || isDoubted ? until : Infinity;
}
