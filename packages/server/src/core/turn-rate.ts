/**
 * How fast the line of the completion queue moves: the time in which somebody waited, divided by the slots that came
 * free in it. Time in which none came free counts as well, so that it is never long believed that they come often.
 *
 * Each line is measured anew: what the one before was served says nothing about this one's sizes. It is begun with a
 * turn for each slot in no time to speak of: until the first slot comes free, the estimate is what has passed, which is
 * never too long. Who is told to come too early asks once more; who is told to come too late leaves its slot empty.
 */
export class TurnRate {
  readonly #slots: number;
  #isMoving = false;
  #observedAt = 0;
  #waitedMs = 0;
  #turns = 1;

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** To be told at each change of whether somebody waits; more often does no harm. */
  observe(isWaiting: boolean, now: number): void {
    if (isWaiting && !this.#isMoving) {
      this.#waitedMs = SERVICE_MS_ASSUMED;
      this.#turns = this.#slots;
    } else if (this.#isMoving) {
      this.#waitedMs += now - this.#observedAt;
    }
    this.#isMoving = isWaiting;
    this.#observedAt = now;
  }

  /** A slot came free. */
  noteTurn(now: number): void {
    if (!this.#isMoving) return;
    this.observe(true, now);
    this.#turns += 1;
    const turnsMax = Math.max(TURNS_REMEMBERED, 4 * this.#slots);
    if (this.#turns <= turnsMax) return;
    this.#waitedMs *= turnsMax / this.#turns;
    this.#turns = turnsMax;
  }

  /** Milliseconds from one free slot to the next. */
  turnMs(now: number): number {
    const sinceMs = this.#isMoving ? now - this.#observedAt : 0;
    return (this.#waitedMs + sinceMs) / this.#turns;
  }
}

/** How long a slot is taken, as long as nothing was seen. */
const SERVICE_MS_ASSUMED = 50;

/** The weight of what is past: the rate of a line changes with the sizes and the machine's load. */
const TURNS_REMEMBERED = 32;
