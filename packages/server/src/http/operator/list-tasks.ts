import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { taskSummaryView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function listTasks({ store }: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listTasks> {
  return async ({ query: { state, before, limit = limits.PAGE_LENGTH_MAX } }) => {
    const tasks = await store.reader.tasks({
      limit: limit + 1,
      ...(state === undefined ? {} : { state }),
      ...(before === undefined ? {} : { beforeId: before }),
    });
    const page = tasks.slice(0, limit);
    return { tasks: page.map(taskSummaryView), next: tasks.length > limit ? page.at(-1).id : null };
  };
}
