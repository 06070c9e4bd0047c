import {
  ASK_REPLACED_AFTER_MILLISECONDS,
  ASK_RETRY_MILLISECONDS_MAX,
  ASK_RETRY_MILLISECONDS_MIN,
  ASK_SHORT_SPREAD_MILLISECONDS,
  ASK_SPACING_MILLISECONDS,
  SAFETY_ASK_MILLISECONDS_MAX,
  SAFETY_ASK_MILLISECONDS_MIN,
} from '../limits.ts';

/**
 * Decides when this device asks the server to have its open tasks completed: when it is connected (again), when the
 * server says that something changed, when a reception ended short, when the time that the server named has come, and
 * on a slow timer in case all of that was missed.
 *
 * Only ever one request at a time; reasons that come together, or while one is under way, make one more request. The
 * server may keep a request open until a slot comes free: one that is older than its reason is then replaced.
 * Knows nothing of tasks or connections. Times are monotonic milliseconds.
 */
export class TaskFinisher {
  readonly #random: () => number;
  #isConnected = false;
  #isAsking = false;
  /** A reason came up while a request was under way: its answer may be older than the reason. */
  #isWanted = false;
  #dueAt: number | undefined;
  #lastAskedAt = Number.NEGATIVE_INFINITY;
  #failureCount = 0;

  /** @param random uniform in [0, 1), seeded by the caller */
  constructor(random: () => number) {
    this.#random = random;
  }

  handleConnected(now: number): void {
    this.#isConnected = true;
    this.#isAsking = false;
    this.#isWanted = false;
    this.#failureCount = 0;
    this.#dueAt = now;
  }

  handleDisconnected(): void {
    this.#isConnected = false;
    this.#isAsking = false;
    this.#isWanted = false;
    this.#dueAt = undefined;
  }

  /** Something changed for this device. */
  handleWake(now: number): void {
    this.#want(Math.max(now, this.#lastAskedAt + ASK_SPACING_MILLISECONDS));
  }

  /** A reception ended and something is missing. `waitMilliseconds`: the server said not to come sooner. */
  handleShort(now: number, waitMilliseconds = 0): void {
    this.#want(now + waitMilliseconds + this.#random() * ASK_SHORT_SPREAD_MILLISECONDS);
  }

  /** The server has answered, and may have said when to come again. */
  handleAnswered(now: number, retryAfterMilliseconds: number | undefined): void {
    this.#isAsking = false;
    this.#failureCount = 0;
    if (!this.#isConnected) return;
    const safety =
      now + SAFETY_ASK_MILLISECONDS_MIN + this.#random() * (SAFETY_ASK_MILLISECONDS_MAX - SAFETY_ASK_MILLISECONDS_MIN);
    // The server has spread the devices already: only that many milliseconds that a second's rounding hides are added.
    const told =
      retryAfterMilliseconds === undefined
        ? Number.POSITIVE_INFINITY
        : now + retryAfterMilliseconds + this.#random() * ASK_SHORT_SPREAD_MILLISECONDS;
    const again = this.#isWanted ? now + ASK_SPACING_MILLISECONDS : Number.POSITIVE_INFINITY;
    this.#isWanted = false;
    this.#dueAt = Math.min(safety, told, again, this.#dueAt ?? Number.POSITIVE_INFINITY);
  }

  /** The request came to nothing. */
  handleFailed(now: number, retryAfterMilliseconds = 0): void {
    this.#isAsking = false;
    this.#isWanted = false;
    this.#failureCount += 1;
    if (!this.#isConnected) return;
    const ceiling = Math.min(
      ASK_RETRY_MILLISECONDS_MIN * 2 ** Math.min(this.#failureCount - 1, 20),
      ASK_RETRY_MILLISECONDS_MAX,
    );
    this.#dueAt = now + Math.max(retryAfterMilliseconds, ceiling * (0.5 + this.#random() / 2));
  }

  /**
   * Whether to ask now, in the place of the request under way if there is one. After `true`, `handleAnswered` or
   * `handleFailed` must follow; not for the request that was replaced.
   */
  pollAsk(now: number): boolean {
    const dueAt = this.pollTimeout();
    if (dueAt === undefined || dueAt > now) return false;
    this.#isAsking = true;
    this.#isWanted = false;
    this.#dueAt = undefined;
    this.#lastAskedAt = now;
    return true;
  }

  /** When to call `pollAsk` at the latest. */
  pollTimeout(): number | undefined {
    if (!this.#isConnected) return undefined;
    if (!this.#isAsking) return this.#dueAt;
    return this.#isWanted ? this.#lastAskedAt + ASK_REPLACED_AFTER_MILLISECONDS : undefined;
  }

  #want(at: number): void {
    if (!this.#isConnected) return;
    if (this.#isAsking) {
      this.#isWanted = true;
      return;
    }
    this.#dueAt = Math.min(at, this.#dueAt ?? Number.POSITIVE_INFINITY);
  }
}
