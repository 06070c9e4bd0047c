import { MICROS_PER_SECOND, type Micros } from '@rollcall/norm';

/** Ethernet's, IP's and UDP's part of each datagram, preamble and gap included: what it takes up of a line beside its payload. */
const LINE_OVERHEAD_BYTES = 66;

/** What a line takes per second, and what waits in front of it. */
export interface LineRate {
  /** Bytes on the wire: a datagram takes `LINE_OVERHEAD_BYTES` more than its payload. */
  readonly bytesPerSecond: number;
  /** What does not fit into the queue any more is lost (drop-tail). */
  readonly queueBytes: number;
  /** From these instants on, ascending, the line has another rate. */
  readonly changes?: readonly RateChange[];
}

export interface RateChange {
  readonly at: Micros;
  readonly bytesPerSecond: number;
}

/** The queue in front of a line of finite rate: first in, first out; what finds it full is lost. */
export class BoundedQueue {
  readonly #rate: LineRate;
  /** The backlog at the instant `#asOf`. */
  #backlogBytes = 0;
  #asOf: Micros = 0;
  #droppedCount = 0;
  #carriedCount = 0;

  constructor(rate: LineRate) {
    this.#rate = rate;
  }

  /** Datagrams that found the queue full. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  get carriedCount(): number {
    return this.#carriedCount;
  }

  /** When the last bit of a datagram that comes now has left; undefined: it is lost. `now` never goes backwards. */
  enter(now: Micros, payloadBytes: number): Micros | undefined {
    this.#drainUntil(now);
    const size = payloadBytes + LINE_OVERHEAD_BYTES;
    if (this.#backlogBytes + size > this.#rate.queueBytes) {
      this.#droppedCount += 1;
      return undefined;
    }
    this.#backlogBytes += size;
    this.#carriedCount += 1;
    return this.#emptyAt();
  }

  #drainUntil(now: Micros): void {
    this.#segments((from, until, bytesPerMicro) => {
      const end = Math.min(until, now);
      this.#backlogBytes = Math.max(0, this.#backlogBytes - (end - from) * bytesPerMicro);
      return until >= now;
    });
    this.#asOf = now;
  }

  #emptyAt(): Micros {
    let left = this.#backlogBytes;
    let at = this.#asOf;
    this.#segments((from, until, bytesPerMicro) => {
      at = from + left / bytesPerMicro;
      left -= (until - from) * bytesPerMicro;
      return left <= 0;
    });
    return Math.ceil(at);
  }

  /** Calls `visit` for each span of one rate from `#asOf` on, until it returns true. */
  #segments(visit: (from: Micros, until: Micros, bytesPerMicro: number) => boolean): void {
    let from = this.#asOf;
    let { bytesPerSecond } = this.#rate;
    for (const change of this.#rate.changes ?? []) {
      if (change.at > from) {
        if (visit(from, change.at, bytesPerSecond / MICROS_PER_SECOND)) return;
        from = change.at;
      }
      bytesPerSecond = change.bytesPerSecond;
    }
    visit(from, Infinity, bytesPerSecond / MICROS_PER_SECOND);
  }
}
