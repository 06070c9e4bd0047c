import type { Micros } from '../time.ts';
import type { CcNode } from '../wire/command-cc.ts';
import { AutoRate, type CongestionReport } from './auto-rate.ts';
import type { BreakerCause } from './circuit-breaker.ts';
import type { ProbeRecord } from './probe-log.ts';
import type { RateSetting } from './sender-options.ts';

const NO_NODES: readonly CcNode[] = [];

/** The rate at which a session sends now: what was set, or what the group takes, within the bound. */
export class RateControl {
  readonly #datagramBytes: number;
  #fixed: number | undefined;
  #auto: AutoRate | undefined;
  #max: number | undefined;

  constructor(setting: RateSetting, datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.set(setting);
  }

  /** A bound that was set holds on, until another one is. */
  set(setting: RateSetting): void {
    if (setting.mode === 'fixed') {
      this.#fixed = checked(setting.bytesPerSecond);
      this.#auto = undefined;
      return;
    }
    if (setting.maxBytesPerSecond !== undefined) this.#max = checked(setting.maxBytesPerSecond);
    this.#fixed = undefined;
    if (this.#auto !== undefined) return;
    this.#auto = new AutoRate(this.#datagramBytes);
    this.#auto.setMax(this.#max);
  }

  setMax(bytesPerSecond: number | undefined): void {
    this.#max = bytesPerSecond === undefined ? undefined : checked(bytesPerSecond);
    this.#auto?.setMax(this.#max);
  }

  /** This receiver has no say in an automatic rate any more, and its reports are not passed on. */
  ignore(nodeId: number): void {
    this.#auto?.ignore(nodeId);
  }

  get bytesPerSecond(): number {
    return Math.min(this.#auto?.bytesPerSecond ?? this.#fixed ?? Infinity, this.#max ?? Infinity);
  }

  get breakerCause(): BreakerCause | undefined {
    return this.#auto?.breakerCause;
  }

  /** Who limits the automatic rate. */
  get limitingNodeId(): number | undefined {
    return this.#auto?.limitingNodeId;
  }

  /** Of an automatic rate, while data is sent. */
  get probeIntervalMicros(): Micros | undefined {
    return this.#auto?.probeIntervalMicros;
  }

  get isProbeForAll(): boolean {
    return this.#auto?.isProbeForAll ?? true;
  }

  get ccNodes(): readonly CcNode[] {
    return this.#auto?.ccNodes ?? NO_NODES;
  }

  onProbe(record: ProbeRecord, grtt: Micros): void {
    this.#auto?.onProbe(record, grtt);
  }

  onReport(now: Micros, report: CongestionReport): void {
    this.#auto?.onReport(now, report);
  }
}

function checked(bytesPerSecond: number): number {
  if (bytesPerSecond > 0 && Number.isFinite(bytesPerSecond)) return bytesPerSecond;
  throw new RangeError('rate must be above 0 bytes per second');
}
