import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { deviceView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';
import { findDevice } from './find-device.ts';

export function getDevice({
  store,
  presence,
  presenceKeeper,
}: Pick<ServerContext, 'store' | 'presence' | 'presenceKeeper'>): OperatorHandler<typeof operations.getDevice> {
  return async ({ params }) => {
    const device = await findDevice(store.reader, params.id);
    return deviceView(device, presence.isOnline(device.id), presenceKeeper.lastSeenAt(device.id));
  };
}
