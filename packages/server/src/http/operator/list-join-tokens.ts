import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { joinTokenView } from '../../core/views.ts';
import { cutPage, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';

export function listJoinTokens({
  store,
}: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listJoinTokens> {
  return async ({ query: { cursor, limit = limits.PAGE_LENGTH_DEFAULT } }) => {
    const page = { by: 'created', isDescending: true, behind: placeOf(cursor, SORT), limit: limit + 1 } as const;
    const found = await store.reader.joinTokens(page);
    const { items, next } = cutPage(found, limit, SORT, ({ createdAt, id }) => ({ value: createdAt, id }));
    return { tokens: items.map(joinTokenView), next };
  };
}

const SORT = '-created';
