import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { withinScope } from '../../core/require-within.ts';
import { scopeOf } from '../../core/scope.ts';
import type { OperatorHandler } from '../handler.ts';

export function getProbe({
  probes,
  store,
}: Pick<ServerContext, 'probes' | 'store'>): OperatorHandler<typeof operations.getProbe> {
  return async ({ params: { id } }, operator) => {
    const probe = probes.view(id);
    const known = await withinScope(store.reader, scopeOf(operator), probe?.devices ?? []);
    if (probe === undefined || known.length < probe.devices.length)
      throw new Problem('not_found', `there is no probe ${id}, or it ended a while ago`);
    return probe;
  };
}
