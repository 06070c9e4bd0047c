import {
  DatagramBatch,
  identifyMessage,
  MICROS_PER_SECOND,
  Random,
  ReceiverSession,
  SenderSession,
  type Micros,
} from '@rollcall/norm';
import { BoundedQueue } from '../bounded-queue.ts';
import { EventHeap } from '../event-heap.ts';
import type { CrowdResult, CrowdScenario } from './crowd-scenario.ts';
import { payloadFreeCodecs } from './payload-free-codec.ts';

/** Datagrams that a receiver takes at once. */
const FLIGHT_COUNT = 32;
const DATAGRAM_OVERHEAD_BYTES = 64;
/** Receivers are at this many different distances. */
const DISTANCE_COUNT = 8;
const SENDER_ID = 1;
const FIRST_RECEIVER_ID = 2;
const SENDER_PEER = 1;
const START_AT: Micros = 1_000_000;
const PATIENCE_MICROS = 3_600 * MICROS_PER_SECOND;

/** Datagrams that leave close together and are read at once. */
class Flight {
  readonly batch: DatagramBatch;
  /** By place in the batch: the line's queue had no room for it. */
  readonly isDropped: boolean[] = [];
  openedAt: Micros = 0;
  leftAt: Micros = 0;
  /** Distances that it has not reached yet. */
  pendingCount = 0;

  constructor(datagramSizeMax: number) {
    this.batch = new DatagramBatch(FLIGHT_COUNT, datagramSizeMax);
  }
}

type Happening =
  | { readonly type: 'sender' }
  | { readonly type: 'receiver'; readonly index: number }
  | { readonly type: 'flight'; readonly flight: Flight; readonly distance: number }
  | { readonly type: 'feedback'; readonly bytes: Uint8Array; readonly peer: number };

/**
 * One sender and very many receivers in virtual time. The sessions are the real ones and do all that they do on a real
 * network; only the symbols' bytes are shared by all and never looked at. A datagram is one event for all receivers of
 * one distance, not one for each, which is what makes ten thousand of them possible.
 */
export class Crowd {
  readonly #scenario: CrowdScenario;
  readonly #random: Random;
  readonly #happenings = new EventHeap<Happening>();
  readonly #line: BoundedQueue | undefined;
  readonly #sender: SenderSession;
  readonly #receivers: ReceiverSession[];
  /** Datagrams that each receiver still gets before it loses the next. */
  readonly #untilLoss: Float64Array;
  /** Per receiver, or once for all: the burst of loss that is on or comes next. */
  readonly #burstFrom: Float64Array;
  /** Per receiver: when it is woken next; Infinity: not at all. */
  readonly #wakeAt: Float64Array;
  #senderWakeAt = Infinity;
  #now: Micros = START_AT;
  #open: Flight | undefined;
  readonly #idleFlights: Flight[] = [];
  readonly #arrived: DatagramBatch;
  readonly #slotSize: number;
  readonly #feedback: DatagramBatch;
  #isEnded = false;
  #isEnding = false;
  #completedCount = 0;
  #completedAt: Micros = START_AT;
  #datagramCount = 0;
  #nackCount = 0;
  #cycleCount = 0;
  #cycleEndsAt: Micros = 0;
  #nacksInCycle = 0;
  #nacksPerCycleMax = 0;

  constructor(scenario: CrowdScenario) {
    this.#scenario = scenario;
    const { receiverCount, symbolSize, line } = scenario;
    this.#random = new Random(scenario.seed);
    this.#line = line === undefined ? undefined : new BoundedQueue(line);
    this.#slotSize = symbolSize + DATAGRAM_OVERHEAD_BYTES;
    this.#arrived = new DatagramBatch(FLIGHT_COUNT, this.#slotSize);
    this.#feedback = new DatagramBatch(FLIGHT_COUNT, this.#slotSize);
    const createCodec = payloadFreeCodecs();
    this.#sender = new SenderSession({
      nodeId: SENDER_ID,
      instanceId: 1,
      seed: this.#random.uint32(),
      rate: { mode: 'fixed', bytesPerSecond: scenario.rateBytesPerSecond },
      symbolSize,
      fec: scenario.fec,
      groupSize: scenario.groupSize ?? receiverCount,
      ...(scenario.backoffFactor !== undefined && { backoffFactor: scenario.backoffFactor }),
      createCodec,
    });
    this.#sender.enqueueObject({ source: { size: scenario.size, read: () => {} }, info: new Uint8Array(0) });
    const sink = { write: (): void => {}, read: (): void => {} };
    const reception = { sink };
    this.#receivers = Array.from(
      { length: receiverCount },
      (_, index) =>
        new ReceiverSession({
          nodeId: FIRST_RECEIVER_ID + index,
          seed: this.#random.uint32(),
          firstToi: 0,
          ...(scenario.blockMemoryBytes !== undefined && { blockMemoryBytes: scenario.blockMemoryBytes }),
          createCodec,
          onObject: () => reception,
        }),
    );
    this.#untilLoss = Float64Array.from({ length: receiverCount }, () => this.#drawUntilLoss());
    this.#burstFrom = Float64Array.from({ length: receiverCount }, () => START_AT + this.#drawUntilBurst());
    this.#wakeAt = new Float64Array(receiverCount).fill(Infinity);
  }

  /** Plays until everybody has everything and the sender has said so. */
  play(): CrowdResult {
    this.#serveSender();
    while (!this.#isEnded && this.#now < START_AT + PATIENCE_MICROS) {
      const at = this.#happenings.nextAt;
      const happening = this.#happenings.pop();
      if (at === undefined || happening === undefined) break;
      this.#now = at;
      this.#happen(happening);
    }
    return this.#result();
  }

  #result(): CrowdResult {
    const { infoBytes, dataBytes, repairBytes, commandBytes } = this.#sender.stats;
    let suppressedCount = 0;
    let duplicateCount = 0;
    for (const receiver of this.#receivers) {
      const { stats } = receiver;
      suppressedCount += stats.suppressedCount;
      duplicateCount += stats.duplicateCount;
    }
    return {
      completedCount: this.#completedCount,
      durationMicros: this.#completedAt - START_AT,
      sentBytes: infoBytes + dataBytes + repairBytes + commandBytes,
      nackCount: this.#nackCount,
      cycleCount: this.#cycleCount,
      nacksPerCycleMax: this.#nacksPerCycleMax,
      suppressedCount,
      duplicateCount,
      datagramCount: this.#datagramCount,
      queueDroppedCount: this.#line?.droppedCount ?? 0,
    };
  }

  #happen(happening: Happening): void {
    switch (happening.type) {
      case 'sender':
        if (this.#senderWakeAt !== this.#now) return;
        this.#senderWakeAt = Infinity;
        this.#serveSender();
        return;
      case 'receiver': {
        const { index } = happening;
        if (this.#wakeAt[index] !== this.#now) return;
        this.#wakeAt[index] = Infinity;
        this.#serveReceiver(index);
        return;
      }
      case 'flight':
        this.#land(happening.flight, happening.distance);
        return;
      case 'feedback':
        this.#feedback.clear();
        this.#feedback.bytes.set(happening.bytes);
        this.#feedback.append(happening.bytes.length, happening.peer);
        this.#sender.handleDatagrams(this.#now, this.#feedback);
        this.#serveSender();
    }
  }

  #serveSender(): void {
    const now = this.#now;
    if (this.#open !== undefined && now >= this.#open.openedAt + this.#scenario.napMicros) this.#dispatch();
    for (;;) {
      const flight = this.#openFlight();
      const { batch } = flight;
      const first = batch.count;
      const count = this.#sender.pollTransmit(now, batch);
      for (let index = first; index < batch.count; index += 1) this.#enterLine(flight, index);
      if (count === 0) break;
      if (!batch.hasRoom(this.#slotSize)) this.#dispatch();
    }
    for (let event = this.#sender.pollEvent(); event !== undefined; event = this.#sender.pollEvent()) {
      if (event.type === 'ended') this.#isEnded = true;
    }
    if (!this.#isEnding && this.#completedCount === this.#receivers.length && this.#sender.isIdle) {
      this.#isEnding = true;
      this.#sender.end();
    }
    const { napMicros } = this.#scenario;
    const closesAt =
      this.#open !== undefined && this.#open.batch.count > 0 ? this.#open.openedAt + napMicros : Infinity;
    const wakeAt = Math.max(now + 1, Math.min(closesAt, this.#sender.pollTimeout() ?? Infinity));
    if (wakeAt === this.#senderWakeAt || wakeAt === Infinity) return;
    this.#senderWakeAt = wakeAt;
    this.#happenings.push(wakeAt, { type: 'sender' });
  }

  #openFlight(): Flight {
    let flight = this.#open;
    if (flight === undefined) {
      flight = this.#idleFlights.pop() ?? new Flight(this.#slotSize);
      flight.batch.clear();
      this.#open = flight;
    }
    if (flight.batch.count === 0) flight.openedAt = this.#now;
    return flight;
  }

  #enterLine(flight: Flight, index: number): void {
    const leftAt = this.#line === undefined ? this.#now : this.#line.enter(this.#now, flight.batch.lengths[index]!);
    flight.isDropped[index] = leftAt === undefined;
    flight.leftAt = Math.max(this.#now, leftAt ?? flight.leftAt);
  }

  #dispatch(): void {
    const flight = this.#open;
    if (flight === undefined || flight.batch.count === 0) return;
    this.#open = undefined;
    flight.pendingCount = DISTANCE_COUNT;
    const leftAt = Math.max(this.#now, flight.leftAt);
    for (let distance = 0; distance < DISTANCE_COUNT; distance += 1) {
      this.#happenings.push(leftAt + this.#delayTo(distance), { type: 'flight', flight, distance });
    }
  }

  #delayTo(distance: number): Micros {
    return Math.ceil(this.#scenario.delayMicros * (1 - distance / (2 * DISTANCE_COUNT)));
  }

  /** A flight has come to all receivers of one distance. */
  #land(flight: Flight, distance: number): void {
    const count = this.#copyArrived(flight);
    for (let index = distance; index < this.#receivers.length; index += DISTANCE_COUNT) this.#deliver(index, count);
    flight.pendingCount -= 1;
    if (flight.pendingCount === 0) this.#idleFlights.push(flight);
  }

  /** Each datagram to its slot of the arena, as a socket would; those that the line lost are left out. */
  #copyArrived({ batch, isDropped }: Flight): number {
    const { bytes } = this.#arrived;
    let count = 0;
    for (let index = 0; index < batch.count; index += 1) {
      if (isDropped[index]!) continue;
      const offset = batch.offsets[index]!;
      const length = batch.lengths[index]!;
      bytes.set(batch.bytes.subarray(offset, offset + length), count * this.#slotSize);
      this.#arrived.lengths[count] = length;
      count += 1;
    }
    this.#lengths.set(this.#arrived.lengths);
    this.#isFiltered = true;
    return count;
  }

  /** Lengths of what has arrived, while `#arrived` is filtered for one receiver. */
  readonly #lengths = new Int32Array(FLIGHT_COUNT);
  #isFiltered = true;

  #deliver(index: number, count: number): void {
    if (this.#isInBurst(index)) return;
    const arrived = this.#arrived;
    const untilLoss = this.#untilLoss[index]!;
    if (untilLoss >= count) {
      this.#untilLoss[index] = untilLoss - count;
      if (this.#isFiltered) this.#fill(count);
      this.#isFiltered = false;
    } else {
      this.#fillWithLosses(index, count);
      this.#isFiltered = true;
    }
    this.#datagramCount += arrived.count;
    const receiver = this.#receivers[index]!;
    receiver.handleDatagrams(this.#now, arrived);
    this.#serveReceiver(index);
  }

  #fill(count: number): void {
    for (let place = 0; place < count; place += 1) this.#put(place, place);
    this.#arrived.count = count;
  }

  #fillWithLosses(index: number, count: number): void {
    let untilLoss = this.#untilLoss[index]!;
    let place = 0;
    for (let source = 0; source < count; source += 1) {
      if (untilLoss === 0) {
        untilLoss = this.#drawUntilLoss();
        continue;
      }
      untilLoss -= 1;
      this.#put(place, source);
      place += 1;
    }
    this.#untilLoss[index] = untilLoss;
    this.#arrived.count = place;
  }

  #put(place: number, source: number): void {
    this.#arrived.offsets[place] = source * this.#slotSize;
    this.#arrived.lengths[place] = this.#lengths[source]!;
    this.#arrived.peers[place] = SENDER_PEER;
  }

  #serveReceiver(index: number): void {
    const receiver = this.#receivers[index]!;
    let wakeAt = receiver.pollTimeout() ?? Infinity;
    if (wakeAt <= this.#now) {
      receiver.handleTimeout(this.#now);
      this.#transmitFeedback(receiver, index);
      wakeAt = Math.max(receiver.pollTimeout() ?? Infinity, this.#now + 1);
    }
    for (let event = receiver.pollEvent(); event !== undefined; event = receiver.pollEvent()) {
      if (event.type !== 'objectCompleted') continue;
      this.#completedCount += 1;
      this.#completedAt = this.#now;
    }
    // A wake-up that comes too early does no harm: later ones than the one that is set are found when that comes.
    if (wakeAt >= this.#wakeAt[index]!) return;
    this.#wakeAt[index] = wakeAt;
    this.#happenings.push(wakeAt, { type: 'receiver', index });
  }

  #transmitFeedback(receiver: ReceiverSession, index: number): void {
    const batch = this.#feedback;
    for (;;) {
      batch.clear();
      if (receiver.pollTransmit(this.#now, batch) === 0) return;
      for (let i = 0; i < batch.count; i += 1) {
        const offset = batch.offsets[i]!;
        if (identifyMessage(batch, offset, batch.lengths[i]!) === 'nack') this.#countNack();
        if (this.#random.chance(this.#scenario.lossRatio)) continue;
        const bytes = batch.bytes.slice(offset, offset + batch.lengths[i]!);
        const at = this.#now + this.#delayTo(index % DISTANCE_COUNT);
        this.#happenings.push(at, { type: 'feedback', bytes, peer: index + 1 });
      }
    }
  }

  #countNack(): void {
    this.#nackCount += 1;
    if (this.#now >= this.#cycleEndsAt) {
      this.#cycleCount += 1;
      this.#nacksInCycle = 0;
      this.#cycleEndsAt = this.#now + this.#sender.holdOffMicros;
    }
    this.#nacksInCycle += 1;
    this.#nacksPerCycleMax = Math.max(this.#nacksPerCycleMax, this.#nacksInCycle);
  }

  #isInBurst(index: number): boolean {
    const { bursts } = this.#scenario;
    if (bursts === undefined) return false;
    const place = bursts.isShared ? 0 : index;
    let from = this.#burstFrom[place]!;
    while (this.#now >= from + bursts.durationMicros) from += bursts.durationMicros + this.#drawUntilBurst();
    this.#burstFrom[place] = from;
    return this.#now >= from;
  }

  #drawUntilBurst(): Micros {
    const { bursts } = this.#scenario;
    if (bursts === undefined) return Infinity;
    return (-Math.log(1 - this.#random.fraction()) / bursts.perSecond) * MICROS_PER_SECOND;
  }

  /** Geometrically distributed: how many get through before one is lost. */
  #drawUntilLoss(): number {
    const { lossRatio } = this.#scenario;
    if (lossRatio === 0) return Infinity;
    return Math.floor(Math.log(1 - this.#random.fraction()) / Math.log(1 - lossRatio));
  }
}
