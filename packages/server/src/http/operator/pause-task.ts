import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { taskSummaryView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function pauseTask({ tasks }: Pick<ServerContext, 'tasks'>): OperatorHandler<typeof operations.pauseTask> {
  return async ({ params }) => taskSummaryView(await tasks.pause(params.id));
}
