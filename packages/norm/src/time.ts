/**
 * Time in the protocol: integer microseconds, both instants and durations.
 *
 * Instants come from a monotonic clock that the caller owns; nothing in this package asks what time it is. An instant
 * that is handed to a session is never earlier than one handed to it before.
 */
export type Micros = number;

export const MICROS_PER_SECOND = 1_000_000;

/** The earlier of two deadlines, where undefined is "never". */
export function earlier(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a < b ? a : b;
}
