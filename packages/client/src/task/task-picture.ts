/**
 * A task as it stands, carried forward by its events: the whole once, then one delivery after the other, each at a cost
 * that does not grow with the roll. Whoever shows it looks a few times in a second, whatever came meanwhile.
 */
import type { Delivery, ProgressEvent, TaskDetails } from '@rollcall/api';
import type { StreamedEvent } from '../follow-events.ts';
import { countNone } from './delivery-states.ts';
import { LOOK_NAMES, lookOf, type LookName } from './look.ts';

export type TaskHead = Omit<TaskDetails, 'deliveries'>;

export class TaskPicture {
  #head: TaskHead;
  readonly #deliveries: Delivery[];
  readonly #looks: LookName[];
  readonly #indexes = new Map<string, number>();
  readonly #counts = countNone();
  readonly #lookCounts = Object.fromEntries(LOOK_NAMES.map((look) => [look, 0])) as Record<LookName, number>;
  readonly #receiving = new Set<number>();
  readonly #held = new Map<string, Held>();
  #session: ProgressEvent['session'] = null;
  /** How much of the content the running session has sent, 0 to 1. */
  #sentShare = 0;
  /** Indexes of what changed since somebody took them. */
  #dirty = new Set<number>();
  #version = 0;

  /** @param before the picture that this one replaces: what it knows of receptions stays until it is told anew */
  constructor({ deliveries, ...head }: TaskDetails, before?: TaskPicture) {
    this.#head = { ...head, counts: this.#counts };
    this.#deliveries = [...deliveries].sort((one, other) => COLLATOR.compare(one.device.name, other.device.name));
    this.#looks = this.#deliveries.map(lookOf);
    for (const [index, { device, state }] of this.#deliveries.entries()) {
      this.#indexes.set(device.id, index);
      this.#counts[state] += 1;
      this.#lookCounts[this.#looks[index]!] += 1;
      if (state === 'receiving') this.#receiving.add(index);
    }
    if (before !== undefined) this.#takeOver(before);
  }

  /** Its counts are those of the deliveries as they are now. */
  get head(): TaskHead {
    return this.#head;
  }

  /** In the order of the devices' names, as people count (till-2 before till-10); their places do not change. */
  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  get looks(): readonly LookName[] {
    return this.#looks;
  }

  get lookCounts(): Readonly<Record<LookName, number>> {
    return this.#lookCounts;
  }

  /** What the running multicast said last; null: none runs. */
  get session(): ProgressEvent['session'] {
    return this.#session;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  deliveryOf(deviceId: string): Delivery | undefined {
    const index = this.#indexes.get(deviceId);
    return index === undefined ? undefined : this.#deliveries[index];
  }

  /** Bytes that a device holds, while it receives. */
  heldBy(deviceId: string): number | undefined {
    return this.#held.get(deviceId)?.bytes;
  }

  /**
   * How much of the content a device has, 0 to 1. It says so every few seconds; between, it is taken to receive of what
   * is sent as much as it did before.
   */
  shareOf(index: number): number {
    const { device, state } = this.#deliveries[index]!;
    if (state !== 'receiving') return state === 'queued' ? 0 : 1;
    const held = this.#held.get(device.id);
    // What it said at the very beginning tells nothing of how it will go.
    const isNews = held !== undefined && (held.bytes > 0 || held.sentShare > EARLY_SHARE);
    if (!isNews) return this.#head.phase === 'multicasting' ? this.#sentShare : 0;
    const { size } = this.#head.content;
    const share = size === 0 ? 1 : held.bytes / size;
    const since = held.sentShare === 0 ? 0 : (share / held.sentShare) * (this.#sentShare - held.sentShare);
    return Math.min(1, share + Math.max(0, since));
  }

  /** True when something changed. */
  apply(event: StreamedEvent): boolean {
    if (!('taskId' in event) || event.taskId !== this.#head.id) return false;
    switch (event.type) {
      case 'task': {
        const { state, phase, outcome } = event;
        const finishedAt = phase === 'ended' ? (this.#head.finishedAt ?? event.at) : null;
        this.#head = { ...this.#head, state, phase, outcome, finishedAt };
        if (phase !== 'multicasting') this.#session = null;
        break;
      }
      case 'session':
        this.#takeSession(event.session);
        break;
      case 'delivery':
        if (!this.#takeDelivery(event.delivery)) return false;
        break;
      case 'progress':
        this.#takeProgress(event);
        break;
    }
    this.#version += 1;
    return true;
  }

  takeDirty(): ReadonlySet<number> {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    return dirty;
  }

  #takeOver(before: TaskPicture): void {
    for (const index of this.#receiving) {
      const { id } = this.#deliveries[index]!.device;
      const held = before.#held.get(id);
      if (held !== undefined) this.#held.set(id, held);
    }
    this.#sentShare = before.#sentShare;
    if (this.#head.phase === 'multicasting') this.#session = before.#session;
  }

  #takeDelivery(delivery: Delivery): boolean {
    const index = this.#indexes.get(delivery.device.id);
    if (index === undefined) return false;
    const look = lookOf(delivery);
    this.#counts[this.#deliveries[index]!.state] -= 1;
    this.#counts[delivery.state] += 1;
    this.#lookCounts[this.#looks[index]!] -= 1;
    this.#lookCounts[look] += 1;
    this.#looks[index] = look;
    this.#deliveries[index] = delivery;
    if (delivery.state === 'receiving') this.#receiving.add(index);
    else {
      this.#receiving.delete(index);
      this.#held.delete(delivery.device.id);
    }
    this.#dirty.add(index);
    return true;
  }

  #takeSession(session: TaskHead['sessions'][number]): void {
    const others = this.#head.sessions.filter(({ id }) => id !== session.id);
    this.#head = { ...this.#head, sessions: [...others, session] };
  }

  #takeProgress({ session, devices }: ProgressEvent): void {
    this.#session = session;
    if (session !== null) {
      this.#sentShare = session.contentSize === 0 ? 1 : session.contentBytes / session.contentSize;
    }
    for (const { id, bytesHeld } of devices) {
      const index = this.#indexes.get(id);
      if (index === undefined || !this.#receiving.has(index)) continue;
      // The same once more is what it said before.
      if (this.#held.get(id)?.bytes !== bytesHeld) this.#held.set(id, { bytes: bytesHeld, sentShare: this.#sentShare });
    }
    for (const index of this.#receiving) this.#dirty.add(index);
    const last = this.#head.sessions.at(-1);
    if (session === null || last === undefined || last.endedAt !== null) return;
    const { bytesSent, repairBytes } = session;
    this.#head = {
      ...this.#head,
      sessions: [...this.#head.sessions.slice(0, -1), { ...last, bytesSent, repairBytes }],
    };
  }
}

/** What a device said that it holds, and how much had been sent by then. */
interface Held {
  readonly bytes: number;
  readonly sentShare: number;
}

const EARLY_SHARE = 0.1;
const COLLATOR = new Intl.Collator('en', { numeric: true });
