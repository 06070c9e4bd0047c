import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { takeReports } from '../../task-handler/take-reports.ts';
import type { DeviceHandler } from '../handler.ts';

export function report(
  ports: Pick<ServerContext, 'store' | 'desk' | 'conductor' | 'now'>,
): DeviceHandler<typeof operations.report> {
  return async ({ body }, device) => takeReports(ports, device.id, body.reports);
}
