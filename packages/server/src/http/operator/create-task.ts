import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { taskSummaryView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function createTask({ tasks }: Pick<ServerContext, 'tasks'>): OperatorHandler<typeof operations.createTask> {
  return async ({ body }, operator) => taskSummaryView(await tasks.create(body, operator));
}
