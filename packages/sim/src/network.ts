import { DatagramBatch, type Micros, type Session } from '@rollcall/norm';
import { EventHeap } from './event-heap.ts';
import type { Link, Outage } from './link.ts';

/** Datagrams that a node may send in one instant before others get their turn. */
const BATCH_COUNT = 32;
/** A session that has nothing to do at the instant for which it asked to be woken must not ask for it again. */
const SPIN_MAX = 100;
/** What Linux gives a receiving socket by default, as far as payload is concerned. */
const SOCKET_BUFFER_BYTES = 106_496;

/** A session on the network. Its index is its address; as a peer handle it is one more, since 0 means the group. */
export interface NetworkNode {
  readonly name: string;
  readonly session: Session<unknown>;
  /** From the node into the network, and from the network to the node. */
  readonly uplink: Link;
  readonly downlink: Link;
  /** Hears what is sent to the group. */
  readonly isMember: boolean;
  /** Takes the events that the session had for its application. */
  readonly onEvents: (now: Micros) => void;
  /** When its process does not get to run: what arrives waits in its socket, and what does not fit there is lost. */
  readonly stalls?: readonly Outage[];
}

export type Trace = (now: Micros, text: string) => void;

interface Attached extends NetworkNode {
  readonly index: number;
  /** The wake-up that is on its way. */
  wakeAt: Micros | undefined;
  /** Wake-ups in a row without time moving on. */
  spinCount: number;
  isGone: boolean;
  /** Arrived while it stalled. */
  readonly waiting: Arrival[];
  waitingBytes: number;
}

interface Arrival {
  readonly bytes: Uint8Array;
  readonly source: number;
}

type Happening =
  | { readonly type: 'wake'; readonly node: Attached }
  | { readonly type: 'resume'; readonly node: Attached }
  | ({ readonly type: 'enter' | 'arrival'; readonly node: Attached } & Arrival)
  | { readonly type: 'act'; readonly act: (now: Micros) => void };

/**
 * A multicast network in virtual time: nothing happens between two events, so half an hour of protocol takes as long as
 * its datagrams take to be handled. All chance is in the links, so a seed replays exactly.
 */
export class Network {
  readonly #happenings = new EventHeap<Happening>();
  readonly #nodes: Attached[] = [];
  readonly #sent: DatagramBatch;
  readonly #received: DatagramBatch;
  readonly #trace: Trace | undefined;
  readonly #describe: (bytes: Uint8Array) => string;
  #now: Micros;
  #datagramCount = 0;

  constructor(startAt: Micros, datagramSizeMax: number, describe: (bytes: Uint8Array) => string, trace?: Trace) {
    this.#now = startAt;
    this.#sent = new DatagramBatch(BATCH_COUNT, datagramSizeMax);
    this.#received = new DatagramBatch(1, datagramSizeMax);
    this.#describe = describe;
    this.#trace = trace;
  }

  get now(): Micros {
    return this.#now;
  }

  /** Datagrams delivered so far. */
  get datagramCount(): number {
    return this.#datagramCount;
  }

  /** Attaches a node; returns how to take it off again. */
  attach(node: NetworkNode): () => void {
    const attached: Attached = {
      ...node,
      index: this.#nodes.length,
      wakeAt: undefined,
      spinCount: 0,
      isGone: false,
      waiting: [],
      waitingBytes: 0,
    };
    this.#nodes.push(attached);
    for (const { until } of node.stalls ?? []) this.#happenings.push(until, { type: 'resume', node: attached });
    this.#settle(attached);
    return () => {
      attached.isGone = true;
    };
  }

  /** Has `act` happen at an instant; afterwards every session is polled, since it may have given commands. */
  schedule(at: Micros, act: (now: Micros) => void): void {
    this.#happenings.push(Math.max(at, this.#now), { type: 'act', act });
  }

  /** Lets everything happen until `isDone`, or until `until`. Returns whether it was done. */
  run(until: Micros, isDone: () => boolean): boolean {
    while (!isDone()) {
      const at = this.#happenings.nextAt;
      if (at === undefined || at > until) return false;
      this.#now = at;
      const happening = this.#happenings.pop();
      if (happening !== undefined) this.#happen(happening);
    }
    return true;
  }

  #happen(happening: Happening): void {
    switch (happening.type) {
      case 'act':
        happening.act(this.#now);
        for (const node of this.#nodes) this.#settle(node);
        return;
      case 'wake': {
        const { node } = happening;
        if (node.wakeAt !== this.#now || node.isGone) return;
        node.wakeAt = undefined;
        if (this.#isStalled(node)) return;
        node.session.handleTimeout(this.#now);
        this.#settle(node);
        return;
      }
      case 'resume':
        this.#resume(happening.node);
        return;
      case 'enter':
        this.#carryDown(happening.node, happening, this.#now);
        return;
      case 'arrival': {
        const { node } = happening;
        if (node.isGone) return;
        if (this.#isStalled(node)) {
          if (node.waitingBytes + happening.bytes.length > SOCKET_BUFFER_BYTES) return;
          node.waitingBytes += happening.bytes.length;
          node.waiting.push(happening);
          return;
        }
        this.#receive(node, happening);
        this.#settle(node);
      }
    }
  }

  #receive(node: Attached, { bytes, source }: Arrival): void {
    this.#datagramCount += 1;
    const batch = this.#received;
    batch.clear();
    batch.bytes.set(bytes);
    batch.append(bytes.length, source + 1);
    this.#trace?.(this.#now, `${node.name} <- ${this.#nodes[source]!.name}: ${this.#describe(bytes)}`);
    node.session.handleDatagrams(this.#now, batch);
  }

  /** A stall is over: what waited in the socket is read at once, and timers that are overdue are seen to. */
  #resume(node: Attached): void {
    if (node.isGone || this.#isStalled(node)) return;
    for (const arrival of node.waiting.splice(0)) this.#receive(node, arrival);
    node.waitingBytes = 0;
    node.session.handleTimeout(this.#now);
    this.#settle(node);
  }

  #isStalled({ stalls }: Attached): boolean {
    return stalls?.some(({ from, until }) => this.#now >= from && this.#now < until) === true;
  }

  /** Sends what the session has to send, hands out its events, and notes when it must be woken. */
  #settle(node: Attached): void {
    if (node.isGone || this.#isStalled(node)) return;
    const batch = this.#sent;
    for (;;) {
      batch.clear();
      if (node.session.pollTransmit(this.#now, batch) === 0) break;
      for (let i = 0; i < batch.count; i += 1) this.#send(node, batch, i);
    }
    node.onEvents(this.#now);
    const wakeAt = node.session.pollTimeout();
    if (wakeAt === undefined) {
      node.wakeAt = undefined;
      return;
    }
    const at = Math.max(wakeAt, this.#now);
    if (node.wakeAt === at) return;
    node.spinCount = at === this.#now ? node.spinCount + 1 : 0;
    if (node.spinCount > SPIN_MAX) throw new Error(`${node.name} wants to be woken at ${wakeAt} again and again`);
    node.wakeAt = at;
    this.#happenings.push(at, { type: 'wake', node });
  }

  #send(node: Attached, batch: DatagramBatch, index: number): void {
    const offset = batch.offsets[index]!;
    const bytes = batch.bytes.slice(offset, offset + batch.lengths[index]!);
    const peer = batch.peers[index]!;
    this.#trace?.(
      this.#now,
      `${node.name} -> ${peer === 0 ? 'all' : this.#nodes[peer - 1]!.name}: ${this.#describe(bytes)}`,
    );
    const arrival = { bytes, source: node.index };
    node.uplink.carry(this.#now, bytes.length, (at) => {
      if (peer > 0) this.#deliver(this.#nodes[peer - 1]!, arrival, at);
      else for (const other of this.#nodes) if (other !== node && other.isMember) this.#deliver(other, arrival, at);
    });
  }

  #deliver(node: Attached, arrival: Arrival, at: Micros): void {
    // A queue has to get its datagrams in the order in which they come to it, from wherever.
    if (node.downlink.queue === undefined) this.#carryDown(node, arrival, at);
    else this.#happenings.push(at, { type: 'enter', node, ...arrival });
  }

  #carryDown(node: Attached, { bytes, source }: Arrival, enteredAt: Micros): void {
    node.downlink.carry(enteredAt, bytes.length, (at) =>
      this.#happenings.push(at, { type: 'arrival', node, bytes, source }),
    );
  }
}
