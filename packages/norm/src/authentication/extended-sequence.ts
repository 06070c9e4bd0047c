import { sequenceDifference } from '../wire/serial.ts';

/**
 * A message's 16-bit sequence, extended by how often it has rolled over: a number that never comes again under one key.
 * At 1 Gbit/s the 16 bits alone come again after 0.8 s. Exact up to 2^53, which is three thousand years at that rate.
 */
export const SEQUENCES_PER_ROLLOVER = 0x1_0000;

export function extend(rollover: number, sequence: number): number {
  return rollover * SEQUENCES_PER_ROLLOVER + sequence;
}

/** The extended sequence nearest to one that is known (RFC 3711 §3.3.1 does the same). Below 0: there is none. */
export function extendNear(known: number, sequence: number): number {
  return known + sequenceDifference(sequence, known % SEQUENCES_PER_ROLLOVER);
}
