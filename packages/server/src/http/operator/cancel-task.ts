import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { taskSummaryView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function cancelTask({ tasks }: Pick<ServerContext, 'tasks'>): OperatorHandler<typeof operations.cancelTask> {
  return async ({ params }) => taskSummaryView(await tasks.cancel(params.id));
}
