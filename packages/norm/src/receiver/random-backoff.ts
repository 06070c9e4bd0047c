import type { Random } from '../random.ts';
import type { Micros } from '../time.ts';

/**
 * How long to wait before giving feedback: 0 to `longest`, drawn from a truncated exponential distribution, so that of
 * a large group only few speak early and the others hear them first. RFC 5401 §5.2 (RandomBackoff).
 */
export function randomBackoff(random: Random, longest: Micros, groupSize: number): Micros {
  if (longest <= 0) return 0;
  const lambda = Math.log(Math.max(1, groupSize)) + 1;
  const scale = lambda / longest;
  const x = random.fraction() * scale + scale / (Math.exp(lambda) - 1);
  const wait = Math.log((x * (Math.exp(lambda) - 1)) / scale) / scale;
  return Math.round(Math.min(longest, Math.max(0, wait)));
}
