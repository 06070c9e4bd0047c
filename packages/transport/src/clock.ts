/** Monotonic time in whole microseconds. Zero is when the thread started: instants do not travel between threads. */
export interface Clock {
  now(): number;
}

/** Milliseconds that are the same in all threads of the process, and do not jump with the time of day. */
export function processMillis(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

export const monotonicClock: Clock = {
  now: () => Math.floor(performance.now() * 1000),
};
