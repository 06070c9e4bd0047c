import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { DeviceHandler } from '../handler.ts';

export function diagnose({
  director,
  now,
  network,
}: Pick<ServerContext, 'director' | 'now' | 'network'>): DeviceHandler<typeof operations.diagnose> {
  return async ({ body: { nonce } }) => ({
    director: director.keys,
    time: director.signTime(now(), nonce),
    network: network(),
  });
}
