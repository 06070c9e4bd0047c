import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { taskSummaryView } from '../../core/views.ts';
import { cutPage, orderOf, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';

export function listTasks({ store }: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listTasks> {
  return async ({ query }) => {
    const { cursor, limit = limits.PAGE_LENGTH_DEFAULT, sort = '-created', ...filter } = query;
    const { by, isDescending } = orderOf(sort);
    const place = placeOf(cursor, sort);
    const found = await store.reader.tasks({ ...filter, by, isDescending, behind: place, limit: limit + 1 });
    const { items, next } = cutPage(found, limit, sort, ({ id, name }) => ({ value: by === 'name' ? name : id, id }));
    return { tasks: items.map(taskSummaryView), next };
  };
}
