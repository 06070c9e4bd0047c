import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { OperatorHandler } from '../handler.ts';
import { findDevice } from './find-device.ts';

export function removeDevice({
  store,
  tasks,
  deviceStreams,
}: Pick<ServerContext, 'store' | 'tasks' | 'deviceStreams'>): OperatorHandler<typeof operations.removeDevice> {
  return async ({ params }) => {
    const device = await findDevice(store.reader, params.id);
    await tasks.removeDevice(device.id);
    deviceStreams.dismiss(device.id);
  };
}
