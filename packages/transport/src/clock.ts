/** Monotonic time in whole microseconds. Zero is when the thread started: instants do not travel between threads. */
export interface Clock {
  now(): number;
}

export const monotonicClock: Clock = {
  now: () => Math.floor(performance.now() * 1000),
};
