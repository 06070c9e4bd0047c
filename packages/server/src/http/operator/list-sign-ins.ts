import { limits, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { signInView } from '../../core/views.ts';
import { cutPage, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';

export function listSignIns({
  store,
  signIns,
}: Pick<ServerContext, 'store' | 'signIns'>): OperatorHandler<typeof operations.listSignIns> {
  return async ({ query: { operator: name, cursor, limit = limits.PAGE_LENGTH_DEFAULT }, request }, operator) => {
    const isAdmin = operator.role === 'admin';
    const operators = isAdmin ? await store.reader.operators() : [operator];
    const names = new Map(
      operators.filter((one) => name === undefined || one.name === name).map((one) => [one.id, one.name]),
    );
    const place = placeOf(cursor, SORT);
    const behind = (createdAt: number, id: string): boolean =>
      place === undefined || createdAt < Number(place.value) || (createdAt === place.value && id > String(place.id));
    // A few of each operator.
    const all = await store.reader.signIns(isAdmin ? undefined : operator.id);
    const found = all.filter(({ operatorId, createdAt, id }) => names.has(operatorId) && behind(createdAt, id));
    const { items, next } = cutPage(found, limit, SORT, ({ createdAt, id }) => ({ value: createdAt, id }));
    const currentId = signIns.of(request)?.id;
    return { signIns: items.map((signIn) => signInView(signIn, names.get(signIn.operatorId)!, currentId)), next };
  };
}

const SORT = '-created';
