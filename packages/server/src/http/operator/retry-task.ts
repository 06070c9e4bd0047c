import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { taskSummaryView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function retryTask({ tasks }: Pick<ServerContext, 'tasks'>): OperatorHandler<typeof operations.retryTask> {
  return async ({ params, body }) => taskSummaryView(await tasks.retry(params.id, body.devices));
}
