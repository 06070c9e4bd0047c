import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { dismissDevice } from '../../live/dismiss-device.ts';
import type { OperatorHandler } from '../handler.ts';
import { findDevice } from './find-device.ts';

export function removeDevice(
  ports: Pick<ServerContext, 'store' | 'tasks' | 'deviceStreams' | 'deviceSockets'>,
): OperatorHandler<typeof operations.removeDevice> {
  return async ({ params }) => {
    const device = await findDevice(ports.store.reader, params.id);
    await ports.tasks.removeDevice(device.id);
    await dismissDevice(ports, device.id);
  };
}
