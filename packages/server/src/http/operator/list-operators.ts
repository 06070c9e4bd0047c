import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { operatorView } from '../../core/views.ts';
import { cutPage, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';

export function listOperators({
  store,
}: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.listOperators> {
  return async ({ query: { cursor, limit = limits.PAGE_LENGTH_DEFAULT } }) => {
    // They are few, by name.
    const operators = await store.reader.operators();
    const place = placeOf(cursor, SORT);
    const found = place === undefined ? operators : operators.filter(({ name }) => name > String(place.value));
    const { items, next } = cutPage(found, limit, SORT, ({ name, id }) => ({ value: name, id }));
    return { operators: items.map(operatorView), next };
  };
}

const SORT = 'name';
