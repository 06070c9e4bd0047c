import { MICROS_PER_SECOND, type Micros } from '../time.ts';
import type { CcNode } from '../wire/command-cc.ts';
import { CC_FLAG } from '../wire/ext-cc.ts';
import { quantizeRate, quantizeRtt } from '../wire/quantization.ts';

/** What a probe says of a receiver that it names. */
export interface LimitingFacts {
  /** Infinity: not known. */
  readonly roundTrip: Micros;
  /** As it reported it itself: bytes per second. */
  readonly rate: number;
  readonly isStarting: boolean;
}

/** It misses as many probes in a row before another takes its place: RFC 5740 §5.5.2.1 has ten. */
const SILENT_PROBES_MAX = 10;
/** Ten probes of a fast link go by while a process does not get to run. */
const SILENT_MIN_MICROS = MICROS_PER_SECOND;
/** So long the lowest rate that was reported is remembered. */
const POTENTIAL_LIFE_MICROS = 2 * MICROS_PER_SECOND;

interface Named extends LimitingFacts {
  readonly nodeId: number;
  heardAt: Micros;
  missedProbes: number;
}

/**
 * Whom the probes name, so that they answer each at once: the current limiting receiver (CLR), and one potential (PLR):
 * of those that spoke lately the one that reported the lowest rate. RFC 5740 §4.2.3.4, §5.5.2.
 */
export class LimitingReceivers {
  #current: Named | undefined;
  #potential: Named | undefined;

  get current(): number | undefined {
    return this.#current?.nodeId;
  }

  /** This one limits from now on. */
  choose(now: Micros, nodeId: number, facts: LimitingFacts): void {
    if (this.#current !== undefined && this.#current.nodeId !== nodeId) this.#potential = this.#current;
    this.#current = { ...facts, nodeId, heardAt: now, missedProbes: 0 };
  }

  onReport(now: Micros, nodeId: number, facts: LimitingFacts): void {
    const heard = { ...facts, nodeId, heardAt: now, missedProbes: 0 };
    if (this.#current === undefined || this.#current.nodeId === nodeId) {
      this.#current = heard;
      return;
    }
    const potential = this.#potential;
    const isFree = potential === undefined || now - potential.heardAt > POTENTIAL_LIFE_MICROS;
    if (isFree || potential.nodeId === nodeId || facts.rate < potential.rate) this.#potential = heard;
  }

  onProbe(now: Micros): void {
    const current = this.#current;
    if (current === undefined) return;
    current.missedProbes += 1;
    if (current.missedProbes > SILENT_PROBES_MAX && now - current.heardAt > SILENT_MIN_MICROS) {
      this.#current = this.#potential;
      this.#potential = undefined;
    }
  }

  forget(nodeId: number): void {
    if (this.#potential?.nodeId === nodeId) this.#potential = undefined;
    if (this.#current?.nodeId !== nodeId) return;
    this.#current = this.#potential;
    this.#potential = undefined;
  }

  get nodes(): readonly CcNode[] {
    const nodes: CcNode[] = [];
    if (this.#current !== undefined) nodes.push(nodeOf(this.#current, CC_FLAG.current));
    if (this.#potential !== undefined && this.#potential.nodeId !== this.#current?.nodeId) {
      nodes.push(nodeOf(this.#potential, CC_FLAG.potential));
    }
    return nodes;
  }
}

function nodeOf({ nodeId, roundTrip, rate, isStarting }: Named, flag: number): CcNode {
  const isRoundTripKnown = Number.isFinite(roundTrip);
  return {
    nodeId,
    ccFlags: flag | (isRoundTripKnown ? CC_FLAG.roundTrip : 0) | (isStarting ? CC_FLAG.start : 0),
    ccRttQuantized: quantizeRtt(isRoundTripKnown ? Math.max(1, roundTrip) : MICROS_PER_SECOND),
    ccRateQuantized: quantizeRate(rate),
  };
}
