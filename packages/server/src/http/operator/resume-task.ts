import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { taskSummaryView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function resumeTask({ tasks }: Pick<ServerContext, 'tasks'>): OperatorHandler<typeof operations.resumeTask> {
  return async ({ params }) => taskSummaryView(await tasks.resume(params.id));
}
