import { MICROS_PER_SECOND, type Micros } from '../time.ts';

/**
 * Bytes per second that TCP would get on a path with this round-trip time and loss event rate. RFC 5348 §3.1, with b = 1
 * and t_RTO = 4 × R; RFC 4654 §2.1 takes the same.
 */
export function tcpThroughput(datagramBytes: number, roundTrip: Micros, lossEventRate: number): number {
  if (!(lossEventRate > 0)) return Infinity;
  const p = Math.min(1, lossEventRate);
  const root = Math.sqrt((2 * p) / 3);
  const denominator = root + 12 * Math.sqrt((3 * p) / 8) * p * (1 + 32 * p * p);
  return (datagramBytes * MICROS_PER_SECOND) / (roundTrip * denominator);
}

/** The loss event rate at which TCP would get that much. RFC 5348 §6.3.1, RFC 4654 §3.6. */
export function lossEventRateAt(bytesPerSecond: number, datagramBytes: number, roundTrip: Micros): number {
  let low = 1e-12;
  let high = 1;
  // The equation falls with p; forty halvings of the exponent's range are exact to a part in a million.
  for (let step = 0; step < 40; step += 1) {
    const middle = Math.sqrt(low * high);
    if (tcpThroughput(datagramBytes, roundTrip, middle) > bytesPerSecond) low = middle;
    else high = middle;
  }
  return high;
}
