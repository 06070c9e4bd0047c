import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { OperatorHandler } from '../handler.ts';

export function previewTargets({
  tasks,
  presence,
}: Pick<ServerContext, 'tasks' | 'presence'>): OperatorHandler<typeof operations.previewTargets> {
  return async ({ body }, operator) => {
    const devices = await tasks.previewTargets(body.target, body.platform, operator);
    return { devices: devices.map(({ id, name }) => ({ id, name, online: presence.isOnline(id) })) };
  };
}
