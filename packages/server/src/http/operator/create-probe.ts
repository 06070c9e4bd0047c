import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { OperatorHandler } from '../handler.ts';

export function createProbe({
  tasks,
  presence,
  probes,
}: Pick<ServerContext, 'tasks' | 'presence' | 'probes'>): OperatorHandler<typeof operations.createProbe> {
  return async ({ body: { target, durationSeconds = limits.PROBE_SECONDS_DEFAULT } }, operator) => {
    const devices = await tasks.previewTargets(target, undefined, operator);
    const connected = devices.filter(({ id }) => presence.isOnline(id));
    if (connected.length === 0)
      throw new Problem('no_targets', 'none of the devices that the selector matches is connected');
    const { id, startedAt } = probes.create(connected, durationSeconds);
    return { id, startedAt, durationSeconds };
  };
}
