import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { DeviceHandler } from '../handler.ts';

export function sessionReady({
  conductor,
}: Pick<ServerContext, 'conductor'>): DeviceHandler<typeof operations.sessionReady> {
  return async ({ params: { id } }, device) => {
    if (!conductor.noteReady(id, device.id))
      throw new Problem('not_found', `session ${id} is over, or not for this device`);
  };
}
