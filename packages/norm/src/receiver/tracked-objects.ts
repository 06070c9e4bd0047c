import { OBJECTS_PER_SENDER_MAX } from '../limits.ts';
import { nextToi, toiDifference } from '../wire/serial.ts';
import type { ReceivedObject } from './received-object.ts';

export type TrackedState = 'unknown' | 'receiving' | 'completed' | 'aborted' | 'ignored' | 'refused';

/**
 * What can become of an object of a sender, seen from a receiver.
 *
 *     announced  its parameters came, and the application takes it     declined  the application does not
 *     refused    its parameters are beyond the limits                   completed all bytes, and its INFO, are there
 *     aborted    squelched, displaced, the sink failed, or the sender started anew; another path may still complete it
 */
export const TRACKED_TRANSITIONS = {
  unknown: { announced: 'receiving', declined: 'ignored', refused: 'refused', aborted: 'aborted' },
  receiving: { completed: 'completed', aborted: 'aborted', declined: 'ignored' },
  completed: {},
  aborted: { completed: 'completed' },
  ignored: {},
  refused: {},
} as const satisfies Record<TrackedState, Partial<Record<string, TrackedState>>>;

/** One object of a sender. */
export class TrackedObject {
  readonly toi: number;
  #state: TrackedState = 'unknown';
  /** While it is received, and when it ended with gaps. */
  object: ReceivedObject | undefined;
  /** The transmission has passed it: when nothing of it was heard, all of it is lacking. */
  isPassed = false;
  /**
   * The block at which the transmission was when its symbols were first heard, while what they need to be placed (FTI) was
   * not: it comes with INFO, which is asked for.
   */
  heardFrom: number | undefined;
  /** May be asked for although nothing of it was heard. */
  mayBeAsked: boolean;

  constructor(toi: number, mayBeAsked: boolean) {
    this.toi = toi;
    this.mayBeAsked = mayBeAsked;
  }

  get state(): TrackedState {
    return this.#state;
  }

  /** Returns whether the move was legal; an illegal one changes nothing. */
  move(move: 'announced' | 'declined' | 'refused' | 'completed' | 'aborted'): boolean {
    const moves: Partial<Record<string, TrackedState>> = TRACKED_TRANSITIONS[this.#state];
    const next = moves[move];
    if (next === undefined) return false;
    this.#state = next;
    return true;
  }

  get hasDemand(): boolean {
    if (this.#state === 'receiving') return this.object?.hasDemand === true;
    if (this.#state !== 'unknown') return false;
    return this.heardFrom !== undefined || (this.isPassed && this.mayBeAsked);
  }
}

/**
 * The objects of one sender that a receiver knows of: at most OBJECTS_PER_SENDER_MAX, from the newest back.
 *
 * Ids that were skipped are objects as well, of which nothing was heard yet.
 */
export class TrackedObjects {
  readonly #objects = new Map<number, TrackedObject>();
  readonly #onDisplaced: (tracked: TrackedObject) => void;
  #firstToi: number | undefined;
  #newestToi: number | undefined;
  #latest: TrackedObject | undefined;

  constructor(firstToi: number | undefined, onDisplaced: (tracked: TrackedObject) => void) {
    this.#firstToi = firstToi;
    this.#onDisplaced = onDisplaced;
  }

  get newestToi(): number | undefined {
    return this.#newestToi;
  }

  all(): Iterable<TrackedObject> {
    return this.#objects.values();
  }

  get(toi: number): TrackedObject | undefined {
    const latest = this.#latest;
    if (latest !== undefined && latest.toi === toi) return latest;
    return this.#objects.get(toi);
  }

  delete(toi: number): void {
    this.#objects.delete(toi);
    this.#latest = undefined;
  }

  /**
   * The object with this id was heard of. Undefined: too old to be tracked. `mayBeAsked` is for objects that are new by
   * this; objects between the newest known and this one have been missed entirely.
   */
  heard(toi: number, mayBeAsked: boolean): TrackedObject | undefined {
    const latest = this.#latest;
    if (latest !== undefined && latest.toi === toi) return latest;
    const tracked = this.#objects.get(toi) ?? this.#track(toi, mayBeAsked);
    this.#latest = tracked;
    return tracked;
  }

  #track(toi: number, mayBeAsked: boolean): TrackedObject | undefined {
    const newest = this.#newestToi;
    if (newest === undefined) {
      this.#newestToi = toi;
      const first = this.#firstToi ?? toi;
      const ahead = toiDifference(toi, first);
      if (ahead > 0 && ahead < OBJECTS_PER_SENDER_MAX) {
        for (let missed = first; missed !== toi; missed = nextToi(missed)) this.#add(missed, true).isPassed = true;
      }
      return this.#add(toi, mayBeAsked);
    }
    const ahead = toiDifference(toi, newest);
    if (ahead < 0) {
      if (-ahead >= OBJECTS_PER_SENDER_MAX) return undefined;
      const older = this.#add(toi, mayBeAsked);
      older.isPassed = true;
      return older;
    }
    this.#newestToi = toi;
    for (const tracked of this.#objects.values()) pass(tracked);
    // A jump over more than the window is not a loss: the sender is somewhere else.
    const missedFrom = ahead <= OBJECTS_PER_SENDER_MAX ? nextToi(newest) : toi;
    for (let missed = missedFrom; missed !== toi; missed = nextToi(missed)) this.#add(missed, true).isPassed = true;
    const added = this.#add(toi, true);
    for (const tracked of this.#objects.values()) {
      if (toiDifference(toi, tracked.toi) < OBJECTS_PER_SENDER_MAX) continue;
      this.#objects.delete(tracked.toi);
      this.#onDisplaced(tracked);
    }
    return added;
  }

  #add(toi: number, mayBeAsked: boolean): TrackedObject {
    const tracked = new TrackedObject(toi, mayBeAsked);
    this.#objects.set(toi, tracked);
    return tracked;
  }
}

/** The transmission has gone on to a later object. */
function pass(tracked: TrackedObject): void {
  tracked.isPassed = true;
  if (tracked.object !== undefined) tracked.object.pastBlock = tracked.object.partition.blockCount;
}
