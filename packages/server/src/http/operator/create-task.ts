import type { operations, RequestedAction } from '@rollcall/api';
import { validRange } from 'semver';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import { shorten } from '../../core/shorten.ts';
import { taskSummaryView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function createTask({ tasks }: Pick<ServerContext, 'tasks'>): OperatorHandler<typeof operations.createTask> {
  return async ({ body }, operator) => {
    checkRange(body.action);
    return taskSummaryView(await tasks.create(body, operator));
  };
}

/** No schema can say what a range of versions is; each device would find out for itself. */
function checkRange(action: RequestedAction): void {
  if (action.kind !== 'update' || action.from === undefined || validRange(action.from) !== null) return;
  throw new Problem(
    'invalid_request',
    `action.from "${shorten(action.from)}" is no range of versions (semver), such as >=2.0.0 <2.4.0`,
  );
}
