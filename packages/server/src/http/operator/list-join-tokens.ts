import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { Place } from '../../core/ports.ts';
import type { JoinTokenRecord } from '../../core/records.ts';
import { isJoinTokenWithin } from '../../core/require-within.ts';
import { scopeOf } from '../../core/scope.ts';
import { joinTokenView } from '../../core/views.ts';
import { cutPage, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';

export function listJoinTokens({
  store,
}: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listJoinTokens> {
  return async ({ query: { cursor, limit = limits.PAGE_LENGTH_DEFAULT } }, operator) => {
    const { reader } = store;
    const scope = scopeOf(operator);
    const found: JoinTokenRecord[] = [];
    let behind = placeOf(cursor, SORT);
    // One more than a page tells whether there is another.
    while (found.length <= limit) {
      const some = await reader.joinTokens({ by: 'created', isDescending: true, behind, limit: limit + 1 });
      for (const token of some) {
        if (await isJoinTokenWithin(reader, scope, token)) found.push(token);
      }
      const last = some.at(-1);
      if (last === undefined || some.length <= limit) break;
      behind = placeIn(last);
    }
    const { items, next } = cutPage(found, limit, SORT, placeIn);
    return { tokens: items.map(joinTokenView), next };
  };
}

function placeIn({ createdAt, id }: JoinTokenRecord): Place {
  return { value: createdAt, id };
}

const SORT = '-created';
