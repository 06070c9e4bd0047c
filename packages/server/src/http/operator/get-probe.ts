import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { OperatorHandler } from '../handler.ts';

export function getProbe({ probes }: Pick<ServerContext, 'probes'>): OperatorHandler<typeof operations.getProbe> {
  return async ({ params: { id } }) => {
    const probe = probes.view(id);
    if (probe === undefined) throw new Problem('not_found', `there is no probe ${id}, or it ended a while ago`);
    return probe;
  };
}
