import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { DeviceHandler } from '../handler.ts';

export function reportProbe({ probes }: Pick<ServerContext, 'probes'>): DeviceHandler<typeof operations.reportProbe> {
  return async ({ params: { id }, body, request }, device) => {
    const serverAddress = request.socket.localAddress?.replace(/^::ffff:/, '') ?? null;
    const answer = probes.report(id, device.id, serverAddress, body);
    if (answer === undefined) throw new Problem('not_found', `probe ${id} is over, or not for this device`);
    return answer;
  };
}
