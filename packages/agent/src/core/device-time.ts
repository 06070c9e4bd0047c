import { limits } from '@rollcall/api';
import { TIME_KEPT_EVERY_MILLISECONDS } from '../limits.ts';

const CLOCK_TOLERANCE_MILLISECONDS = limits.CLOCK_TOLERANCE_SECONDS * 1000;

/** What this machine's two clocks say at one moment, in milliseconds. */
export interface ClockReading {
  /** UTC since 1970. It may be anything: an empty battery says 1970. */
  readonly clock: number;
  /** Only goes forward, from any beginning; stands still while the machine sleeps. */
  readonly monotonic: number;
}

export interface TimeBounds {
  /** It is not earlier: the latest of what was signed for this device, its last persisted server time above all. */
  readonly floor: number;
  /** It is not later: the end of the authority, without which there is no server. */
  readonly ceiling: number;
}

/** What a fresh answer of the server says of this machine's clock. */
export interface ClockVerdict {
  readonly isClockRight: boolean;
  /** How far the clock is ahead of the server. */
  readonly aheadMilliseconds: number;
}

/**
 * This device's time: the later of its clock and the last signed server time.
 *
 * A clock that cannot be right does not count: one before what was signed already or after the authority's end, and one
 * that a fresh answer contradicts, on either side, until a later answer agrees with it. A fresh answer wins over
 * everything, also over an earlier answer: it is bound to a nonce of this device, so that nobody can replay it, and a
 * server whose clock was wrong once must not leave its devices in the future for ever.
 */
export class DeviceTime {
  readonly #bounds: TimeBounds;
  /** The time that is certain: a lower bound at first, the server's once it was told. */
  #anchor: { readonly utc: number; readonly monotonic: number };
  #verdict: ClockVerdict | undefined;

  constructor(bounds: TimeBounds, at: ClockReading) {
    this.#bounds = bounds;
    this.#anchor = { utc: bounds.floor, monotonic: at.monotonic };
  }

  /** A signed server time, bound to a nonce that was made for this answer. */
  handleTold(serverTime: number, at: ClockReading): ClockVerdict {
    const aheadMilliseconds = at.clock - serverTime;
    this.#anchor = { utc: serverTime, monotonic: at.monotonic };
    this.#verdict = { isClockRight: Math.abs(aheadMilliseconds) <= CLOCK_TOLERANCE_MILLISECONDS, aheadMilliseconds };
    return this.#verdict;
  }

  now(at: ClockReading): number {
    const certain = this.certain(at);
    return this.isClockPlausible(at) ? Math.max(at.clock, certain) : certain;
  }

  /**
   * It is not earlier than this, whatever the clock says: what a certificate's end is compared with. Its begin cannot be
   * judged before the server has told the time, for a device that was off has only this.
   */
  certain(at: ClockReading): number {
    return this.#anchor.utc + Math.max(0, at.monotonic - this.#anchor.monotonic);
  }

  isClockPlausible(at: ClockReading): boolean {
    if (this.#verdict?.isClockRight === false) return false;
    return at.clock >= this.certain(at) - CLOCK_TOLERANCE_MILLISECONDS && at.clock <= this.#bounds.ceiling;
  }

  /** The clock was right, and has jumped ahead: the machine slept, or the clock was set. Only the server knows. */
  isDoubtful(at: ClockReading): boolean {
    if (this.#verdict?.isClockRight !== true) return false;
    return at.clock > this.certain(at) + CLOCK_TOLERANCE_MILLISECONDS;
  }
}

/**
 * Whether a signed server time is written down: rarely, for each is an fsync, but at once when it went back. The
 * record must not stay ahead of the server.
 */
export function isTimeToBeKept(serverTime: number, kept: number | undefined): boolean {
  if (kept === undefined) return true;
  return serverTime < kept || serverTime - kept >= TIME_KEPT_EVERY_MILLISECONDS;
}
