import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { deviceView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';
import { findDevice } from './find-device.ts';

/** Its agent asks again within seconds; that of a device that is approved already has nothing to notice. */
export function approveDevice({
  store,
  presence,
  presenceKeeper,
  now,
}: Pick<ServerContext, 'store' | 'presence' | 'presenceKeeper' | 'now'>): OperatorHandler<
  typeof operations.approveDevice
> {
  return async ({ params }) => {
    const device = await store.transact(async (transactor) => {
      const before = await findDevice(transactor, params.id);
      if (before.isPending) await transactor.updateDevice(before.id, { isPending: false }, false, now());
      return { ...before, isPending: false };
    });
    return deviceView(device, presence.isOnline(device.id), presenceKeeper.lastSeenAt(device.id));
  };
}
