import { limits, summarizeSites, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { byTrouble } from '../../core/reachability.ts';
import { withinScope } from '../../core/require-within.ts';
import { scopeOf } from '../../core/scope.ts';
import type { OperatorHandler } from '../handler.ts';

export function getReachability({
  store,
  network,
}: Pick<ServerContext, 'store' | 'network'>): OperatorHandler<typeof operations.getReachability> {
  return async (_call, operator) => {
    const devices = await withinScope(store.reader, scopeOf(operator), await store.reader.reachability());
    const shown = devices.toSorted(byTrouble).slice(0, limits.PAGE_LENGTH_MAX);
    return { network: network(), sites: summarizeSites(devices), devices: shown };
  };
}
