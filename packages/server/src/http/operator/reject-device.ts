import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { dismissDevice } from '../../live/dismiss-device.ts';
import type { OperatorHandler } from '../handler.ts';
import { findDevice } from './find-device.ts';

export function rejectDevice(
  ports: Pick<ServerContext, 'store' | 'tasks' | 'deviceStreams' | 'deviceSockets'>,
): OperatorHandler<typeof operations.rejectDevice> {
  return async ({ params }) => {
    const device = await findDevice(ports.store.reader, params.id);
    if (!device.isPending) {
      throw new Problem(
        'conflict',
        `${device.name} is approved: take it out by "rollcall device remove ${device.name}"`,
      );
    }
    await ports.tasks.removeDevice(device.id);
    await dismissDevice(ports, device.id);
  };
}
