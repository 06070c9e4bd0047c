import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { DeviceHandler } from '../handler.ts';

export function askProbe({ probes }: Pick<ServerContext, 'probes'>): DeviceHandler<typeof operations.askProbe> {
  return async ({ body: { durationSeconds = limits.PROBE_SECONDS_DEFAULT } }, device) =>
    probes.ask(device, durationSeconds);
}
