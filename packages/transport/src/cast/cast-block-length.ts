import { CAST_BLOCK_LENGTH, CAST_BLOCK_LENGTH_SLOW, CAST_SLOW_BITS_PER_SECOND, FEC_SYMBOLS_MAX } from '../limits.ts';
import type { CastSendOptions } from './cast-types.ts';

/** How many source symbols a block gets, unless that was said: by the rate, as far as it is known, and the parity asked for. */
export function castBlockLength({
  rateBitsPerSecond,
  rateMaxBitsPerSecond = Infinity,
  parity = 'auto',
}: Pick<CastSendOptions, 'rateBitsPerSecond' | 'rateMaxBitsPerSecond' | 'parity'>): number {
  const rate = Math.min(rateMaxBitsPerSecond, rateBitsPerSecond === 'auto' ? Infinity : rateBitsPerSecond);
  const suited = rate <= CAST_SLOW_BITS_PER_SECOND ? CAST_BLOCK_LENGTH_SLOW : CAST_BLOCK_LENGTH;
  return parity === 'auto' ? suited : Math.max(1, Math.min(suited, FEC_SYMBOLS_MAX - parity));
}
