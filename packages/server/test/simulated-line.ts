/**
 * Devices that stand in line for unicast completion, in virtual time and from one seed: with and without an event
 * stream, quick and slow to notice a call, with calls that get lost, downloads of milliseconds and of minutes, and some
 * that vanish: while they are away, when their slot was given, or in the middle of a download.
 *
 * Each does what an agent does: asks, comes again when it was told to or when it is woken, fetches in several requests,
 * reports.
 */
import { Random } from '@rollcall/norm';
import { CompletionQueue, type QueueCapacity } from '../src/core/completion-queue.ts';
import type { Lease } from '../src/core/slot-leases.ts';

export interface LineScenario {
  readonly seed: number;
  readonly devices: number;
  readonly capacity: QueueCapacity;
  /** All ask for the first time within this. */
  readonly askWithinMs: number;
  /** One way, between device and server, and until a device has noticed something: evenly between these. */
  readonly latencyMs: readonly [number, number];
  /** Of some devices all of that takes so many times as long. */
  readonly slow: { readonly share: number; readonly factor: number };
  readonly streamShare: number;
  readonly lostCallShare: number;
  readonly vanishShare: number;
  /** Download time, evenly on a logarithmic scale; some are much longer than all others. */
  readonly fetchMs: readonly [number, number];
  readonly long: { readonly share: number; readonly ms: number };
}

export interface LineDevice {
  readonly id: string;
  readonly weight: number;
  readonly lastCompletionAt: number;
  readonly hasStream: boolean;
  readonly slowness: number;
  readonly fetchMs: number;
  readonly vanishes: 'away' | 'granted' | 'fetching' | undefined;
  isGone: boolean;
  isAsking: boolean;
  /** Woken while it asked: it asks again. */
  isWanted: boolean;
  /** Raised whenever it asks: an alarm set before is void. */
  turn: number;
  requests: number;
  calls: number;
  refusals: number;
  /** Since when its request lies open at the server. */
  openSince: number | undefined;
  grantedAt: number | undefined;
  doneAt: number | undefined;
  readonly told: { readonly at: number; readonly retryAfterMs: number }[];
}

export class SimulatedLine {
  readonly devices: readonly LineDevice[];
  /** In the order of their starts. */
  readonly started: LineDevice[] = [];
  inFlightMost = 0;
  /** Most that really took bytes at once; who vanishes does until the door hangs up on it. */
  fetchingMost = 0;
  /** Started although one before it in the order had its request open. */
  readonly overtakers: string[] = [];
  /** Spans in which a slot was free and a device that can be woken waited, in milliseconds. */
  readonly idleSpans: number[] = [];
  now = 0;
  readonly #scenario: LineScenario;
  readonly #random: Random;
  readonly #queue: CompletionQueue;
  readonly #byId = new Map<string, LineDevice>();
  readonly #agenda: { readonly at: number; readonly act: () => void }[] = [];
  #fetching = 0;
  #idleSince: number | undefined;

  constructor(scenario: LineScenario) {
    this.#scenario = scenario;
    this.#random = new Random(scenario.seed);
    this.#queue = new CompletionQueue(scenario.capacity);
    this.devices = Array.from({ length: scenario.devices }, (_, index) => this.#makeDevice(`d${index}`));
    for (const device of this.devices) {
      this.#byId.set(device.id, device);
      this.#after(this.#random.fraction() * scenario.askWithinMs, () => this.#ask(device));
    }
  }

  run(untilMs: number): this {
    for (;;) {
      const at = Math.min(this.#queue.pollTimeout() ?? Infinity, this.#agenda[0]?.at ?? Infinity);
      if (at > untilMs) return this;
      this.now = Math.max(this.now, at);
      while (this.#agenda.length > 0 && this.#agenda[0]!.at <= this.now) this.#agenda.shift()!.act();
      this.#poll();
      if (this.devices.every(({ doneAt, isGone }) => doneAt !== undefined || isGone)) return this;
    }
  }

  #poll(): void {
    const { granted, dismissed, called } = this.#queue.poll(this.now);
    this.inFlightMost = Math.max(this.inFlightMost, this.#queue.inFlight);
    for (const { deviceId } of granted) this.#start(this.#byId.get(deviceId)!);
    for (const { candidate, retryAfterMs } of dismissed) this.#tell(this.#byId.get(candidate.deviceId)!, retryAfterMs);
    for (const { deviceId } of called) this.#call(this.#byId.get(deviceId)!);
    this.#noteIdle();
  }

  #ask(device: LineDevice): void {
    device.isWanted = device.isAsking;
    if (device.isGone || device.isAsking || device.grantedAt !== undefined) return;
    device.isAsking = true;
    device.turn += 1;
    device.requests += 1;
    this.#later(device, () => {
      device.openSince = this.now;
      this.#queue.ask(this.#candidateOf(device), this.devices.length - this.started.length, this.now);
    });
  }

  #start(device: LineDevice): void {
    const waits = (one: LineDevice) => one.openSince !== undefined && one.openSince < this.now;
    device.openSince = undefined;
    if (this.devices.some((one) => waits(one) && compare(one, device) < 0)) this.overtakers.push(device.id);
    device.grantedAt = this.now;
    this.started.push(device);
    if (device.vanishes === 'granted') this.#vanish(device);
    else this.#later(device, () => this.#fetch(device, FETCHES));
  }

  #fetch(device: LineDevice, left: number): void {
    const lease = this.#queue.beginFetch('t', device.id, this.now);
    if (lease === undefined) {
      device.refusals += 1;
      return;
    }
    this.#fetching += 1;
    this.fetchingMost = Math.max(this.fetchingMost, this.#fetching);
    if (device.vanishes === 'fetching') {
      this.#vanish(device);
      // The door hangs up on it.
      this.#after(STALL_MS, () => this.#endFetch(lease));
      return;
    }
    this.#after(device.fetchMs / FETCHES, () => {
      this.#endFetch(lease);
      if (left > 1) this.#later(device, () => this.#fetch(device, left - 1));
      else this.#later(device, () => this.#report(device));
    });
  }

  #endFetch(lease: Lease): void {
    this.#queue.endFetch(lease, this.now);
    this.#fetching -= 1;
  }

  #report(device: LineDevice): void {
    device.doneAt = this.now;
    this.#queue.release('t', device.id, this.now);
  }

  #tell(device: LineDevice, retryAfterMs: number): void {
    device.openSince = undefined;
    device.told.push({ at: this.now, retryAfterMs });
    this.#later(device, () => {
      device.isAsking = false;
      if (device.vanishes === 'away') this.#vanish(device);
      const { turn } = device;
      const againMs = device.isWanted ? SPACING_MS : retryAfterMs + this.#random.fraction() * SPREAD_MS;
      this.#after(againMs, () => {
        if (device.turn === turn) this.#ask(device);
      });
    });
  }

  #call(device: LineDevice): void {
    device.calls += 1;
    if (!device.hasStream || this.#random.chance(this.#scenario.lostCallShare)) return;
    this.#later(device, () => this.#ask(device));
  }

  #vanish(device: LineDevice): void {
    device.isGone = true;
    // Its stream is seen to be closed, or it is silent for long enough.
    this.#after(this.#random.chance(0.5) ? 3_000 : 24_000, () => this.#queue.doubt(device.id, this.now));
  }

  #noteIdle(): void {
    const isIdle =
      this.#queue.inFlight < this.#scenario.capacity.slots &&
      this.devices.some(({ hasStream, isGone, grantedAt, told }) => {
        return hasStream && !isGone && grantedAt === undefined && told.length > 0;
      });
    if (isIdle) this.#idleSince ??= this.now;
    else if (this.#idleSince !== undefined) {
      this.idleSpans.push(this.now - this.#idleSince);
      this.#idleSince = undefined;
    }
  }

  #later(device: LineDevice, act: () => void): void {
    const [least, most] = this.#scenario.latencyMs;
    this.#after((least + this.#random.fraction() * (most - least)) * device.slowness, act);
  }

  #after(ms: number, act: () => void): void {
    const at = this.now + ms;
    let place = this.#agenda.length;
    while (place > 0 && this.#agenda[place - 1]!.at > at) place -= 1;
    this.#agenda.splice(place, 0, { at, act });
  }

  #makeDevice(id: string): LineDevice {
    const { streamShare, vanishShare, slow, long, fetchMs } = this.#scenario;
    const [shortest, longest] = fetchMs;
    const usualMs = shortest * (longest / shortest) ** this.#random.fraction();
    return {
      id,
      weight: this.#random.chance(0.2) ? 900 : 100,
      lastCompletionAt: this.#random.below(1_000_000),
      hasStream: this.#random.chance(streamShare),
      slowness: this.#random.chance(slow.share) ? slow.factor : 1,
      fetchMs: this.#random.chance(long.share) ? long.ms : usualMs,
      vanishes: this.#random.chance(vanishShare)
        ? (['away', 'granted', 'fetching'] as const)[this.#random.below(3)]
        : undefined,
      isGone: false,
      isAsking: false,
      isWanted: false,
      turn: 0,
      requests: 0,
      calls: 0,
      refusals: 0,
      openSince: undefined,
      grantedAt: undefined,
      doneAt: undefined,
      told: [],
    };
  }

  #candidateOf({ id, weight, lastCompletionAt, hasStream }: LineDevice) {
    const fields = { taskId: 't', siteId: 's', bytesMissing: 100_000 };
    return { ...fields, deviceId: id, weight, lastCompletionAt, isCallable: hasStream };
  }
}

/** The order in which devices that ask together are to be served. */
export function compare(one: LineDevice, other: LineDevice): number {
  return other.weight - one.weight || one.lastCompletionAt - other.lastCompletionAt;
}

/** Requests of one download. */
const FETCHES = 2;
/** What an agent adds to the time that it was told, and how soon it asks again because it was woken. */
const SPREAD_MS = 500;
const SPACING_MS = 150;
/** `STALL_TIMEOUT_MS`, and the next look. */
const STALL_MS = 70_000;
