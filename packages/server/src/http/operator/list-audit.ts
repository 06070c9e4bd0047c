import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { cutPage, orderOf, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';

export function listAudit({ store }: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listAudit> {
  return async ({ query }) => {
    const { reader } = store;
    const { cursor, limit = limits.PAGE_LENGTH_DEFAULT, sort = '-sequence', ...filter } = query;
    const { by, isDescending } = orderOf(sort);
    const head = await reader.auditHead();
    const place = placeOf(cursor, sort);
    const found = await reader.auditList({ ...filter, by, isDescending, behind: place, limit: limit + 1 });
    const { items, next } = cutPage(found, limit, sort, ({ sequence }) => ({ value: sequence, id: sequence }));
    return { entries: [...items], head, next };
  };
}
