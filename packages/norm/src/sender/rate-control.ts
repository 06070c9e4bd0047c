import type { RateSetting } from './sender-options.ts';

/** Until the automatic rate has heard of anybody. */
const AUTO_BYTES_PER_SECOND = 12_500_000;

/** The rate at which a session sends now: what was set, or what the group takes, within the bound. */
export class RateControl {
  #setting: RateSetting;
  #max: number | undefined;

  constructor(setting: RateSetting) {
    this.#setting = checked(setting);
    this.set(setting);
  }

  /** A bound that was set holds on, until another one is. */
  set(setting: RateSetting): void {
    this.#setting = checked(setting);
    if (setting.mode === 'auto' && setting.maxBytesPerSecond !== undefined) this.#max = setting.maxBytesPerSecond;
  }

  setMax(bytesPerSecond: number | undefined): void {
    if (bytesPerSecond !== undefined) checkRate(bytesPerSecond);
    this.#max = bytesPerSecond;
  }

  get bytesPerSecond(): number {
    const wanted = this.#setting.mode === 'fixed' ? this.#setting.bytesPerSecond : AUTO_BYTES_PER_SECOND;
    return Math.min(wanted, this.#max ?? Infinity);
  }
}

function checked(setting: RateSetting): RateSetting {
  const rate = setting.mode === 'fixed' ? setting.bytesPerSecond : setting.maxBytesPerSecond;
  if (rate !== undefined) checkRate(rate);
  return setting;
}

function checkRate(bytesPerSecond: number): void {
  if (!(bytesPerSecond > 0) || !Number.isFinite(bytesPerSecond)) {
    throw new RangeError('rate must be above 0 bytes per second');
  }
}
