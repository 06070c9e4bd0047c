import { setImmediate as turn } from 'node:timers/promises';
import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { Place } from '../../core/ports.ts';
import type { TaskRecord } from '../../core/records.ts';
import { isTaskWithin } from '../../core/require-within.ts';
import { scopeOf } from '../../core/scope.ts';
import { taskSummaryView } from '../../core/views.ts';
import { cutPage, orderOf, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';

export function listTasks({ store }: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listTasks> {
  return async ({ query }, operator) => {
    const { cursor, limit = limits.PAGE_LENGTH_DEFAULT, sort = '-created', ...filter } = query;
    const scope = scopeOf(operator);
    const { by, isDescending } = orderOf(sort);
    const placeIn = ({ id, name }: TaskRecord): Place => ({ value: by === 'name' ? name : id, id });
    // One more than a page tells whether there is another.
    const read = scope === undefined ? limit + 1 : SCOPED_PAGE_LENGTH;
    const found: TaskRecord[] = [];
    let behind = placeOf(cursor, sort);
    while (found.length <= limit) {
      const some = await store.reader.tasks({ ...filter, by, isDescending, behind, limit: read });
      for (const task of some) {
        if (await isTaskWithin(store.reader, scope, task.id)) found.push(task);
      }
      const last = some.at(-1);
      if (last === undefined || scope === undefined || some.length < read) break;
      behind = placeIn(last);
      // Every target of every task is looked at: others get their turn between.
      await turn();
    }
    const { items, next } = cutPage(found, limit, sort, placeIn);
    return { tasks: items.map(taskSummaryView), next };
  };
}

const SCOPED_PAGE_LENGTH = 16;
