import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { OperatorHandler } from '../handler.ts';

export function getTaskProgress({
  store,
  progressHistory,
}: Pick<ServerContext, 'store' | 'progressHistory'>): OperatorHandler<typeof operations.getTaskProgress> {
  return async ({ params: { id } }) => {
    if ((await store.reader.task(id)) === undefined) throw new Problem('not_found', `there is no task ${id}`);
    return { samples: [...progressHistory.of(id)] };
  };
}
