/**
 * Milliseconds as the seconds that utimes() takes. A double has steps of 0.24 µs there, of 0.48 µs from 2038 on, and the
 * system cuts off what is less than a nanosecond: .942 could become .941999. So a time that would fall short takes the
 * next step.
 */
export function fileTime(mtimeMs: number): number {
  const seconds = mtimeMs / 1000;
  const wantedNanoseconds = Math.round((mtimeMs - Math.floor(seconds) * 1000) * 1e6);
  const takenNanoseconds = Math.trunc((seconds - Math.floor(seconds)) * 1e9);
  return takenNanoseconds < wantedNanoseconds ? seconds + timeStepSeconds : seconds;
}

const timeStepSeconds = 2 ** -21;
