import type { SessionNetwork } from '../session/session-config.ts';
import type { CastOptions } from './cast-types.ts';

/** The network side of a cast's options, without what a thread cannot be given. */
export function networkOf(options: CastOptions): SessionNetwork {
  const { mode = 'multicast', group, source, ttl, implementation } = options;
  return { mode, group, source, interface: options.interface, ttl, implementation };
}
