/** What was heard of one path of a probe, each datagram once; and when it is time for an answer. Pure. */
import type { ProbeDatagram } from './probe-datagram.ts';

export interface ProbeHeard {
  readonly received: readonly number[];
  readonly answersSent: number;
  readonly heardForMs: number;
  readonly silentForMs: number;
}

export interface ProbeTallyLimits {
  readonly sizeCount: number;
  readonly datagramCount: number;
  readonly answersMax: number;
  readonly answerSpacingMs: number;
}

export class ProbeTally {
  readonly #limits: ProbeTallyLimits;
  readonly #seen: Uint8Array;
  readonly #received: number[];
  readonly #beganAt: number;
  #firstAt: number | undefined;
  #lastAt: number | undefined;
  #answeredAt: number | undefined;
  #answersSent = 0;

  /** @param now monotonic milliseconds */
  constructor(limits: ProbeTallyLimits, now: number) {
    this.#limits = limits;
    this.#seen = new Uint8Array(Math.ceil(limits.datagramCount / 8));
    this.#received = Array.from({ length: limits.sizeCount }, () => 0);
    this.#beganAt = now;
  }

  /** Of an authentic datagram. True: it is to be answered, however much comes no sooner than the spacing allows. */
  note({ sizeIndex, sequence }: Pick<ProbeDatagram, 'sizeIndex' | 'sequence'>, now: number): boolean {
    if (sequence >= this.#limits.datagramCount || sizeIndex >= this.#received.length) return false;
    const bit = 1 << (sequence & 7);
    const byte = this.#seen[sequence >> 3] ?? 0;
    if ((byte & bit) !== 0) return false;
    this.#seen[sequence >> 3] = byte | bit;
    this.#received[sizeIndex] = (this.#received[sizeIndex] ?? 0) + 1;
    this.#firstAt ??= now;
    this.#lastAt = now;
    if (this.#answersSent >= this.#limits.answersMax) return false;
    if (this.#answeredAt !== undefined && now - this.#answeredAt < this.#limits.answerSpacingMs) return false;
    this.#answeredAt = now;
    this.#answersSent += 1;
    return true;
  }

  heard(now: number): ProbeHeard {
    return {
      received: [...this.#received],
      answersSent: this.#answersSent,
      heardForMs: Math.round((this.#lastAt ?? 0) - (this.#firstAt ?? 0)),
      silentForMs: Math.round(now - (this.#lastAt ?? this.#beganAt)),
    };
  }
}
