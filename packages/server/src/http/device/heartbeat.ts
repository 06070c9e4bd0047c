import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { DeviceHandler } from '../handler.ts';
import { alreadyConnected } from './already-connected.ts';

export function heartbeat({
  presence,
  presenceKeeper,
  conductor,
}: Pick<ServerContext, 'presence' | 'presenceKeeper' | 'conductor'>): DeviceHandler<typeof operations.heartbeat> {
  return async ({ body: { instance, receptions } }, device) => {
    if (presenceKeeper.hear(device.id, instance) === 'refused') throw alreadyConnected();
    presence.noteReceptions(device.id, receptions);
    conductor.noteReceptions(device.id, receptions);
  };
}
