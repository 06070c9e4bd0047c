/**
 * A task as it stands, carried forward by its events: the whole once, then one delivery after the other. Kept outside of
 * the page's components, for five thousand events in a second must not render anything five thousand times.
 */
import type { Delivery, ProgressEvent, RollcallEvent, TaskDetails } from '@rollcall/api';
import { LOOK_NAMES, lookOf, type LookName } from './appearance.ts';

export type TaskHead = Omit<TaskDetails, 'deliveries'>;

export class TaskPicture {
  #head: TaskHead;
  readonly #deliveries: Delivery[];
  readonly #looks: LookName[];
  readonly #indexes = new Map<string, number>();
  readonly #held = new Map<string, Held>();
  /** How much of the content the running session has sent, 0 to 1. */
  #sentShare = 0;
  readonly #counts = Object.fromEntries(LOOK_NAMES.map((look) => [look, 0])) as Record<LookName, number>;
  /** Indexes of what changed since somebody took them. */
  #dirty = new Set<number>();
  #version = 0;

  constructor({ deliveries, ...head }: TaskDetails) {
    this.#head = head;
    this.#deliveries = [...deliveries];
    this.#looks = deliveries.map(lookOf);
    for (const [index, { device }] of deliveries.entries()) this.#indexes.set(device.id, index);
    for (const look of this.#looks) this.#counts[look] += 1;
  }

  get head(): TaskHead {
    return this.#head;
  }

  /** By the name of their device; their places do not change. */
  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  get looks(): readonly LookName[] {
    return this.#looks;
  }

  get counts(): Readonly<Record<LookName, number>> {
    return this.#counts;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
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
  apply(event: RollcallEvent | ProgressEvent): boolean {
    if (!('taskId' in event) || event.taskId !== this.#head.id) return false;
    switch (event.type) {
      case 'task': {
        const { state, phase, outcome, counts } = event;
        const finishedAt = phase === 'ended' ? (this.#head.finishedAt ?? event.at) : null;
        this.#head = { ...this.#head, state, phase, outcome, counts, finishedAt };
        break;
      }
      case 'session':
        this.#takeSession(event.session);
        break;
      case 'delivery':
        this.#takeDelivery(event.delivery);
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

  #takeDelivery(delivery: Delivery): void {
    const index = this.#indexes.get(delivery.device.id);
    if (index === undefined) return;
    const look = lookOf(delivery);
    this.#counts[this.#looks[index]!] -= 1;
    this.#counts[look] += 1;
    this.#looks[index] = look;
    this.#deliveries[index] = delivery;
    if (delivery.state !== 'receiving') this.#held.delete(delivery.device.id);
    this.#dirty.add(index);
  }

  #takeSession(session: TaskHead['sessions'][number]): void {
    const others = this.#head.sessions.filter(({ id }) => id !== session.id);
    this.#head = { ...this.#head, sessions: [...others, session] };
  }

  #takeProgress({ session, devices }: ProgressEvent): void {
    if (session !== null) {
      this.#sentShare = session.contentSize === 0 ? 1 : session.contentBytes / session.contentSize;
    }
    for (const { id, bytesHeld } of devices) {
      const index = this.#indexes.get(id);
      if (index === undefined || this.#deliveries[index]!.state !== 'receiving') continue;
      // The same once more is what it said before.
      if (this.#held.get(id)?.bytes !== bytesHeld) this.#held.set(id, { bytes: bytesHeld, sentShare: this.#sentShare });
    }
    for (const [index, look] of this.#looks.entries()) if (look === 'receiving') this.#dirty.add(index);
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
